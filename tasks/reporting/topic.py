"""What topics are made of: their words, functions that need something measured, and the section that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from tasks.finished.numbers import Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Block, Section, section
from tasks.reporting.study import ReportedStudy

__all__ = ["Evidence", "Facts", "Finding", "Floats", "Made", "Numbers", "ReportedStudy", "at", "measured", "topic"]

R = TypeVar("R")
Facts = dict[str, Any]
Floats = npt.NDArray[np.float64]
Made = Block | Finding | None


def measured(*path: str, arrays: Sequence[str] = ()) -> Callable[[Callable[..., R | None]], Callable[..., R | None]]:
    """Call the function with what was measured after its first argument, a study or its numbers.

    That is the value at ``path`` in the summary of the statistics, if a path is given, then the ``arrays`` of the
    statistics. The result is None where the value is absent or empty, or an array absent.
    """

    def decorate(function: Callable[..., R | None]) -> Callable[..., R | None]:
        @wraps(function)
        def call(study: Any, /, *arguments: Any) -> R | None:
            found = [at(study.summary, *path)] if path else []
            if path and not found[0]:
                return None
            found += [study.statistic(name) for name in arrays]
            return None if any(one is None for one in found) else function(study, *found, *arguments)

        return call

    return decorate


def topic(
    anchor: str,
    title: str,
    *makers: Callable[[ReportedStudy], Made | Sequence[Made]],
    first: Sequence[str] = (),
) -> Callable[[ReportedStudy], Section | None]:
    """The ``build`` of a section of what ``makers`` make: blocks, and claims that take more than numbers.

    Claims that name the section come before those, and of them the ones with the keys ``first``.
    """

    def build(study: ReportedStudy) -> Section | None:
        made: list[Made] = []
        for make in makers:
            one = make(study)
            made += one if isinstance(one, Sequence) else [one]
        blocks = (one for one in made if not isinstance(one, Finding))
        claims = (one for one in made if isinstance(one, Finding))
        return section(anchor, title, *blocks, claims=(*study.claims(anchor, *first), *claims))

    return build
