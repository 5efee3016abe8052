"""Means of independent draws with their 95 % intervals, and how two of them differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tasks.page.wording import with_interval

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A mean and its 95 % interval; the ends are NaN where nothing was repeated."""

    value: float
    low: float
    high: float

    def overlaps(self, other: Estimate) -> bool:
        """Whether the two intervals have a value in common, or one of them is not known."""
        return not (self.low > other.high or other.low > self.high)


def share_words(share: Estimate) -> str:
    """A share and its interval as per cent: ``7.1 [6.0, 8.2] %``."""
    return f"{with_interval(100 * share.value, max(0.0, 100 * share.low), min(100.0, 100 * share.high))} %"


def dashed(value: float | None, shown: Callable[[float], str]) -> str:
    """The number as ``shown``; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else shown(value)


def hundredths(value: float) -> str:
    """The number in two decimals: 0.57, −0.01."""
    return f"{value:.2f}".replace("-", "−")


def estimate(draws: Sequence[float]) -> Estimate:
    """The mean of independent ``draws`` with its interval by Student's t."""
    values = np.asarray(draws, np.float64)
    mean = float(values.mean())
    if len(values) < 2:
        return Estimate(mean, math.nan, math.nan)
    # Late, as drawing with a sampler that is named needs no estimate. scipy.stats takes a second to import.
    from scipy.special import stdtrit

    reach = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2) * values.std(ddof=1) / math.sqrt(len(values)))
    return Estimate(mean, mean - reach, mean + reach)


@dataclass(frozen=True)
class Contrast:
    """Two rows of as many paired draws, of which lower is better."""

    first: Sequence[float]
    second: Sequence[float]

    @property
    def gap(self) -> Estimate:
        """By how much the second is larger."""
        return estimate(np.subtract(self.second, self.first).tolist())

    @property
    def ratio(self) -> Estimate:
        """How many times the first the second is; the interval is taken on the logarithm, by its first derivative.

        NaN where one of the two cannot be told from 0.
        """
        (first, first_low, _), (second, second_low, _) = estimate(self.first), estimate(self.second)
        if not (first_low > 0 and second_low > 0):
            return Estimate(math.nan, math.nan, math.nan)
        logs = estimate((np.divide(self.second, second) - np.divide(self.first, first)).tolist())
        ratio = second / first
        return Estimate(ratio, ratio * math.exp(logs.low), ratio * math.exp(logs.high))

    @property
    def better(self) -> bool:
        """The first is better: the interval of the gap lies above 0."""
        return self.gap.low > 0

    @property
    def worse(self) -> bool:
        """The first is worse: the interval of the gap lies below 0."""
        return self.gap.high < 0

    @property
    def decided(self) -> bool:
        """The interval of the gap does not hold 0."""
        return self.better or self.worse
