"""What is kept of faces that were drawn with attributes: the form of ``conditioned.json``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

CONDITIONED = "conditioned.json"

LINEAR, GUIDED = "linear_normal", "guided_flow"
"""The ways of drawing with attributes: normal distributions, and a flow that was trained for it."""


class Count(NamedTuple):
    """In so many of ``n`` images something was seen."""

    seen: int
    n: int


@dataclass(frozen=True)
class Cost:
    """What a draw costs, each by independent draw.

    fd: debiased, from the reconstructions of the training images that it is to look like; variety: the spread of its
    features as a share of theirs.
    """

    fd: tuple[float, ...]
    variety: tuple[float, ...]


class Drawn(NamedTuple):
    """Faces drawn with an attribute: in how many it is seen, and their cost from the training images with it."""

    seen: Count
    cost: Cost


@dataclass(frozen=True)
class Ordered:
    """An attribute and the faces drawn with it. training_with: training images that have it, of training_known.

    auc: of the judge, on held-out reconstructions; having, lacking: those of them in which it sees the attribute, of
    those that have it and of those that do not; unconditioned: the same of draws from one normal distribution;
    drawn: by the way of drawing.
    """

    name: str
    training_with: int
    training_known: int
    auc: float
    having: Count
    lacking: Count
    unconditioned: Count
    drawn: dict[str, Drawn]
