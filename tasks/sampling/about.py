"""What a sampler says about itself: what it keeps of the training points, and which question it was made to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


@dataclass(frozen=True)
class Kept:
    """What drawing needs of the training points, in words.

    count: how many numbers that is, of so many training points with so many components at a level, 0 where that is not
    known; few: whether it is a summary whose size does not grow with the data; faces: whether it gives back the
    training faces.
    """

    what: str
    count: Callable[[int, int, Mapping[str, Any]], int]
    few: bool = False
    faces: bool = False


def moments(components: int) -> int:
    """How many numbers a mean and a covariance have."""
    return components + components * (components + 1) // 2


NOTHING = Kept("nothing but the number of components", lambda points, components, level: 1)
SCALE = Kept("one scale", lambda points, components, level: 1)
INTERVALS = Kept("an interval of every component", lambda points, components, level: 2 * components, few=True)
MOMENTS = Kept("mean and covariance", lambda points, components, level: moments(components), few=True)
POINTS = Kept("all training points", lambda points, components, level: points * components, faces=True)
POINTS_AND_MOMENTS = Kept(
    "all training points, their mean and covariance",
    lambda points, components, level: points * components + moments(components),
    faces=True,
)


@dataclass(frozen=True)
class Question:
    """A comparison that is planned before there are numbers: the sampler against one that differs in one thing.

    key: of its claim; rank: the claim's place among all; against: the other sampler, or none: then the one whose draws
    it moves, at that one's usual level; same_level: whether both are taken at their usual levels rather than each at
    its best; better, worse, neither: what to say, with ``{ratio}`` for how many times as large the other's distance is,
    with its interval; section: the anchor of its section in the report; components: without so many it is not asked;
    unless_false: a fact of the statistics that must not be false for the claim; aside: a word in the labels of some
    levels, and what to say where the last of them is farther off and less sharp than the draw that was not moved.
    """

    key: str
    rank: int
    against: str
    better: str
    worse: str
    neither: str
    same_level: bool = False
    section: str = "ladder"
    components: int = 1
    unless_false: tuple[str, ...] = ()
    aside: tuple[str, str] | None = None


def spread_of_points(facts: Facts) -> str:
    """What a level called scale counts in where 1 is the training points' own spread."""
    return (
        f"scale = 1 is the spread of the training points, a standard deviation of {facts.median('std')} in the median "
        "component."
    )
