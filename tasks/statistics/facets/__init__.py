"""The facets, a module each: whatever lies in this package takes part.

``measure(cloud)`` returns a :class:`~tasks.statistics.facet.Facet`, or None where the data cannot answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tasks.stage.registry import modules_in
from tasks.statistics.facet import Cloud, Facet

Measurement = Callable[[Cloud], Facet | None]


@cache
def registered() -> dict[str, Measurement]:
    """Every facet's ``measure`` by its name (its module's), in alphabetical order.

    Raises ``TypeError`` that names a module without one.
    """
    found: dict[str, Measurement] = {}
    for name, module in modules_in(__name__).items():
        if not callable(getattr(module, "measure", None)):
            raise TypeError(f"{module.__name__} must define measure(cloud)")
        found[name] = module.measure
    return found
