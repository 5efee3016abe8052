"""How well faces with attributes turned out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array
from storage.files import read_json
from tasks.assessment.looked_at import CONDITIONED, GUIDED, LINEAR, Cost, Count, Drawn, Ordered
from tasks.finished.estimates import CONFIDENCE, Estimate, estimate

NOWHERE = Estimate(math.nan, math.nan, math.nan)


def share_of(count: tuple[int, int]) -> Estimate:
    """The share of a ``Count`` with its interval by Wilson 1927."""
    seen, n = count
    z, share = NormalDist().inv_cdf((1 + CONFIDENCE) / 2), seen / n
    middle = share + z**2 / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    low, high = ((middle + side * reach) / (1 + z**2 / n) for side in (-1, 1))
    # At shares of 0 and 1 rounding may put a bound on the wrong side.
    return Estimate(share, max(0.0, min(low, share)), min(1.0, max(high, share)))


def ratio_of(first: Count, second: Count) -> Estimate:
    """The share of ``first`` over that of ``second``, its interval by Katz et al. 1978; NaN where one is never seen."""
    if not first.seen or not second.seen:
        return NOWHERE
    ratio = (first.seen / first.n) / (second.seen / second.n)
    error = math.sqrt(1 / first.seen - 1 / first.n + 1 / second.seen - 1 / second.n)
    reach = math.exp(NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error)
    return Estimate(ratio, ratio / reach, ratio * reach)


@dataclass(frozen=True)
class Order:
    """An attribute drawn in one ``way``, with what one normal distribution without attributes costs."""

    found: Ordered
    way: str
    plain: Cost

    @property
    def name(self) -> str:
        """The attribute's name, in words."""
        return self.found.name.replace("_", " ")

    @property
    def drawn(self) -> Drawn:
        """Its faces."""
        return self.found.drawn[self.way]

    @property
    def told(self) -> bool:
        """Whether the judge can tell reconstructions with the attribute from those without."""
        return share_of(self.found.having).low > share_of(self.found.lacking).high

    @property
    def seen(self) -> Estimate:
        """How often it is seen in faces drawn with it, relative to reconstructions of images that have it."""
        return ratio_of(self.drawn.seen, self.found.having)

    @property
    def fd(self) -> Estimate:
        """The distance of faces drawn with it from training images that have it."""
        return estimate(self.drawn.cost.fd)

    @property
    def variety(self) -> Estimate:
        """The spread of its faces relative to that of the training images that have it."""
        return estimate(self.drawn.cost.variety)


@dataclass(frozen=True)
class Orders:
    """All attributes that were looked at, the commonest first, by way of drawing.

    faces: of each; folder: where some of them lie.
    """

    ways: Mapping[str, tuple[Order, ...]] = field(default_factory=dict)
    plain: Cost | None = None
    faces: int = 0
    folder: Path | None = None

    @property
    def used(self) -> tuple[Order, ...]:
        """Those of the way in which faces are drawn: the flow, if there is one; empty where nobody looked."""
        return self.ways.get(GUIDED, self.ways.get(LINEAR, ()))

    @cached_property
    def images(self) -> npt.NDArray[np.uint8]:
        """Some faces of each attribute, (way, attribute, sample, h, w, 3) uint8."""
        assert self.folder is not None
        return read_array(open_complete(self.folder / "conditioned.zarr"), "image")


def read_orders(folder: Path | None) -> Orders:
    """Those of a ``conditioned`` artifact; none where there is none, or where it found nothing to look at."""
    facts = {} if folder is None else read_json(folder / CONDITIONED)
    if not facts.get("attributes"):
        return Orders()
    plain = _cost(facts["unconditioned"])
    found = [_ordered(entry) for entry in facts["attributes"]]
    known = (way for way in (LINEAR, GUIDED) if way in found[0].drawn)
    ways = {way: tuple(Order(one, way, plain) for one in found) for way in known}
    return Orders(ways, plain, int(facts["faces"]), folder)


def _cost(entry: Mapping[str, Any]) -> Cost:
    return Cost(tuple(entry["fd"]), tuple(entry["variety"]))


def _ordered(entry: Mapping[str, Any]) -> Ordered:
    counts = {name: Count(*entry[name]) for name in ("having", "lacking", "unconditioned")}
    drawn = {way: Drawn(Count(*seen), _cost(cost)) for way, (seen, cost) in entry["drawn"].items()}
    return Ordered(**{**entry, **counts, "drawn": drawn})
