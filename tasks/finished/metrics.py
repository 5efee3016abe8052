"""How metrics are shown, by their names in a table of scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tasks.assessment.metric import Shown
from tasks.assessment.metrics import registered

LAST = 1000
"""The place of numbers that are no metric's own."""


def metric_named(name: str) -> Shown:
    """How the metric called ``name`` is shown; one that is not known is shown by its name, without a direction.

    A number behind the name of a known one is a level of its pyramid: ``swd_16`` looks at 16 pixels' height.
    """
    base, _, level = name.rpartition("_")
    if is_level(name):
        whole = metric_named(base)
        return Shown(f"{whole.title} {level} px", whole.direction, order=LAST)
    shown = registered()[name].shown if name in registered() else Shown(order=LAST)
    return shown if shown.title else replace(shown, title=name.replace("_", " "))


def is_level(name: str) -> bool:
    """Whether it is one level of a metric that is also there as a whole."""
    base, _, level = name.rpartition("_")
    return base in registered() and level.isdigit()


def by_order(names: Iterable[str]) -> list[str]:
    """The names in the order of tables, unknown ones last by alphabet."""
    return sorted(names, key=lambda name: (metric_named(name).order, len(name), name))
