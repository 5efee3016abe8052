"""How well faces with attributes turned out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, norm

from storage.arrays import open_complete, read_array
from storage.files import read_json
from tasks.assessment.looked_at import CONDITIONED, Cost, Count, Ordered
from tasks.finished.estimates import CONFIDENCE, Contrast, Estimate, estimate

NOWHERE = Estimate(math.nan, math.nan, math.nan)


def share_of(count: tuple[int, int]) -> Estimate:
    """The share of a ``Count`` with its interval by Wilson 1927."""
    seen, n = count
    found = binomtest(seen, n).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(seen / n, float(found.low), float(found.high))


def ratio_of(first: Count, second: Count) -> Estimate:
    """The share of ``first`` over that of ``second``, its interval by Katz et al. 1978; NaN where one is never seen."""
    if not first.seen or not second.seen:
        return NOWHERE
    ratio = (first.seen / first.n) / (second.seen / second.n)
    error = math.sqrt(1 / first.seen - 1 / first.n + 1 / second.seen - 1 / second.n)
    reach = math.exp(float(norm.ppf((1 + CONFIDENCE) / 2)) * error)
    return Estimate(ratio, ratio / reach, ratio * reach)


@dataclass(frozen=True)
class Order:
    """An attribute, with what one normal distribution without attributes costs."""

    found: Ordered
    plain: Cost

    @property
    def name(self) -> str:
        """The attribute's name, in words."""
        return self.found.name.replace("_", " ")

    @property
    def seen(self) -> Estimate:
        """How often it is seen in faces drawn with it, relative to reconstructions of images that have it."""
        return ratio_of(self.found.drawn, self.found.having)

    @property
    def fd(self) -> Estimate:
        """The distance of faces drawn with it from training images that have it."""
        return estimate(self.found.cost.fd)

    @property
    def dearer(self) -> Estimate:
        """That distance over the one of draws without attributes from all training images."""
        return Contrast(self.plain.fd, self.found.cost.fd).ratio

    @property
    def variety(self) -> Estimate:
        """The spread of its faces relative to that of the training images that have it."""
        return estimate(self.found.cost.variety)


@dataclass(frozen=True)
class Orders:
    """All attributes that were looked at, the commonest first. faces: of each; folder: where some of them lie."""

    rows: tuple[Order, ...] = ()
    plain: Cost | None = None
    faces: int = 0
    folder: Path | None = None

    @cached_property
    def images(self) -> npt.NDArray[np.uint8]:
        """Some faces of each attribute, (attribute, sample, h, w, 3) uint8."""
        assert self.folder is not None
        return read_array(open_complete(self.folder / "conditioned.zarr"), "image")


def read_orders(folder: Path | None) -> Orders:
    """Those of a ``conditioned`` artifact; none where there is none, or where it found nothing to look at."""
    facts = {} if folder is None else read_json(folder / CONDITIONED)
    if not facts.get("attributes"):
        return Orders()
    plain = _cost(facts["unconditioned"])
    rows = tuple(Order(_ordered(entry), plain) for entry in facts["attributes"])
    return Orders(rows, plain, int(facts["faces"]), folder)


def _cost(entry: Mapping[str, Any]) -> Cost:
    return Cost(tuple(entry["fd"]), tuple(entry["variety"]))


def _ordered(entry: Mapping[str, Any]) -> Ordered:
    counts = {name: Count(*entry[name]) for name in ("having", "lacking", "unconditioned", "drawn")}
    return Ordered(**{**entry, **counts, "cost": _cost(entry["cost"])})
