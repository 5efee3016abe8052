"""Densities and quantiles by SciPy's special functions; ``scipy.stats``, which has them too, imports slowly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv, betaln, gammaincinv, gammaln, ndtri, xlog1py, xlogy

Floats = npt.NDArray[np.floating[Any]]


def normal_beyond(chance: float) -> float:
    """What a standard normal variable exceeds with this ``chance``."""
    return -float(ndtri(chance))


@dataclass(frozen=True)
class Gamma:
    """The gamma distribution with this ``shape`` and ``scale``; chi-square of k degrees has k/2 and 2."""

    shape: float
    scale: float = 1.0

    def pdf(self, x: Floats) -> Floats:
        """Its density at ``x``, all positive."""
        y = x / self.scale
        return np.asarray(np.exp(xlogy(self.shape - 1, y) - y - gammaln(self.shape)) / self.scale)

    def ppf(self, share: Floats) -> Floats:
        """Below which each ``share`` of it lies."""
        return np.asarray(self.scale * gammaincinv(self.shape, share))


def chi_square(degrees: float) -> Gamma:
    """Chi-square with as many ``degrees`` of freedom."""
    return Gamma(degrees / 2, 2.0)


@dataclass(frozen=True)
class Beta:
    """``scale`` times a variable with the beta distribution of ``a`` and ``b``."""

    a: float
    b: float
    scale: float = 1.0

    def pdf(self, x: Floats) -> Floats:
        """Its density at ``x``, all positive; none from ``scale`` on."""
        y = np.minimum(x / self.scale, 1.0)
        log = xlogy(self.a - 1, y) + xlog1py(self.b - 1, -y) - betaln(self.a, self.b)
        return np.where(x < self.scale, np.exp(log) / self.scale, 0.0)

    def ppf(self, share: Floats) -> Floats:
        """Below which each ``share`` of it lies."""
        return np.asarray(self.scale * betaincinv(self.a, self.b, share))


@dataclass(frozen=True)
class Fisher:
    """``scale`` times a variable with Fisher's F distribution, of ``m`` and ``n`` degrees of freedom.

    m F / (m F + n) has a beta distribution.
    """

    m: float
    n: float
    scale: float = 1.0

    def pdf(self, x: Floats) -> Floats:
        """Its density at ``x``, all positive."""
        y = self.m / self.n * x / self.scale
        log = xlogy(self.m / 2, y) - (self.m + self.n) / 2 * np.log1p(y) - betaln(self.m / 2, self.n / 2)
        return np.asarray(np.exp(log) / x)

    def ppf(self, share: Floats) -> Floats:
        """Below which each ``share`` of it lies."""
        part = betaincinv(self.m / 2, self.n / 2, share)
        return np.asarray(self.scale * self.n / self.m * part / (1 - part))

    def sf(self, x: float) -> float:
        """The share of it beyond ``x``."""
        y = x / self.scale
        return float(betainc(self.n / 2, self.m / 2, self.n / (self.n + self.m * y)))


def kernel_density(values: Floats, places: Floats) -> Floats:
    """A Gaussian kernel estimate of the density of ``values`` (n,) at ``places`` (m,): (m,).

    The width is Silverman's (1986, eq. 3.28 with the normal's factor): (4/3n)^(1/5) standard deviations.
    """
    width = (0.75 * len(values)) ** -0.2 * np.std(values, ddof=1)
    steps = np.subtract.outer(places, values) / width
    return np.asarray(np.exp(-0.5 * np.square(steps)).mean(axis=1) / (width * math.sqrt(2 * math.pi)))


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's: the correlation of the ranks, ties sharing theirs; NaN where all of one are alike."""
    ranks = [_ranks(np.asarray(values)) for values in (first, second)]
    if min(map(np.ptp, ranks)) == 0:
        return math.nan
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place])
