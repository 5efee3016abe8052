"""One file a subject: its claims, figures and tables. What lies here takes part by itself.

A module with ``ORDER`` and ``build(study)`` has a section at that place of the page; ``build`` returns None where the
study has nothing to show there. A module with ``RANK`` and ``FINDERS`` has claims at that place among all claims, or
each at a place of its own where ``RANK`` is several numbers; every sentence is chosen by the numbers, and a finder
returns None where what it needs is absent. Most modules declare these in their last lines, with ``topic`` of
``tasks.reporting.topic``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from tasks.finished.numbers import Numbers
from tasks.page.finding import Finding
from tasks.page.section import Section
from tasks.stage.registry import modules_in

Finder = Callable[[Numbers], Finding | None]


class Entry(NamedTuple):
    """A section: its place on the page, the name of its module, and its ``build``."""

    order: int
    name: str
    build: Callable[..., Section | None]


def sections(modules: Mapping[str, ModuleType] | None = None) -> list[Entry]:
    """All sections in the order of the page, or those of ``modules``.

    Raises ``TypeError`` that names a module with one of ORDER and build.
    """
    entries = []
    for name, module in (modules_in(__name__) if modules is None else modules).items():
        order, build = getattr(module, "ORDER", None), getattr(module, "build", None)
        if order is None and build is None:
            continue
        if not isinstance(order, int) or not callable(build):
            raise TypeError(f"{module.__name__} must define both ORDER (int) and build(study)")
        entries.append(Entry(order, name, build))
    return sorted(entries)


def find(numbers: Any, modules: Mapping[str, ModuleType] | None = None) -> list[Finding]:
    """All claims, or those of ``modules``, by their rank; the first, keyed ``answer``, is the headline.

    ``numbers``: what the finders of these modules take.

    Raises ``TypeError`` that names a module with FINDERS whose RANK is absent or does not go with them.
    """
    ranked: list[tuple[int, Finder]] = []
    for module in (modules_in(__name__) if modules is None else modules).values():
        finders, rank = getattr(module, "FINDERS", ()), getattr(module, "RANK", None)
        ranks: tuple[Any, ...] = rank if isinstance(rank, tuple) else (rank,) * len(finders)
        if len(ranks) != len(finders) or not all(isinstance(number, int) for number in ranks):
            raise TypeError(f"{module.__name__} must define RANK: one int for all of its FINDERS, or one for each")
        ranked += zip(ranks, finders, strict=True)
    found = (finder(numbers) for _, finder in sorted(ranked, key=lambda one: one[0]))
    return [finding for finding in found if finding is not None]
