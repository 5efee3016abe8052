"""The metrics, one module each; every module in this package is used."""

from __future__ import annotations

from functools import cache

from tasks.assessment.metric import Metric
from tasks.stage.registry import modules_in, only_subclass


@cache
def registered() -> dict[str, type[Metric]]:
    """Every metric class by its name (its module's), in alphabetical order.

    Raises ``TypeError`` if a module here does not define exactly one.
    """
    return {name: only_subclass(module, Metric) for name, module in modules_in(__name__).items()}
