"""One file a section; whatever lies here with an ``ORDER`` and a ``build`` takes part.

``build(study)`` returns the section, or None where the study has nothing to show there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from tasks.page.section import Section
from tasks.reporting.study import ReportedStudy


class Entry(NamedTuple):
    """A section's module: its place on the page, its name, and its ``build``."""

    order: int
    name: str
    build: Callable[[ReportedStudy], Section | None]


@cache
def registered() -> tuple[Entry, ...]:
    """All sections in the order of the page. Raises ``TypeError`` that names a module without ORDER or build."""
    entries = []
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        if not isinstance(getattr(module, "ORDER", None), int) or not callable(getattr(module, "build", None)):
            raise TypeError(f"{module.__name__} must define ORDER (int) and build(study)")
        entries.append(Entry(module.ORDER, name, module.build))
    return tuple(sorted(entries))
