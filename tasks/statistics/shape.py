"""The shape of each marginal distribution: skewness, kurtosis, quantiles, and what kind of distribution it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from tasks.statistics.distributions import histogram_quantile, silverman_bandwidth, smoothed

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

KINDS = ("normal-like", "skewed", "heavy-tailed", "light-tailed", "two-peaked", "nearly constant", "constant")

SKEWED = 0.5
"""|skewness| from which a component is called skewed (the exponential distribution has 2)."""
LOPSIDED = 0.07
"""|Quantile skewness| that a skewed component shows as well: half of what one with skewness 0.5 has (0.14)."""
TAILED = 1.0
"""|Excess kurtosis| from which tails are called heavy or light (Student's t with 10 degrees of freedom has 1)."""
SECOND_PEAK = 0.1
"""How far the lower of two peaks must stand above the valley between them, as a share of the higher peak."""
ONE_VALUE = 0.5
"""Share of the points in a single bin from which a component is nearly constant."""
SURE = 4.0
"""Standard errors by which a figure must pass its limit's zero before it is believed."""


def standardised_moments(powers: Floats) -> tuple[Floats, Floats]:
    """Skewness g1 and excess kurtosis g2 (d,) from the sums ``powers`` (5, d): n, Σy, Σy², Σy³, Σy⁴.

    y may be taken about any point near the mean. NaN for components without variance.
    """
    count = np.where(powers[0] > 0, powers[0], np.nan)
    mean, second, third, fourth = powers[1:] / count
    variance = second - mean**2
    variance = np.where(variance > 1e-12 * np.maximum(second, np.finfo(float).tiny), variance, np.nan)
    central3 = third - 3 * mean * second + 2 * mean**3
    central4 = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    return central3 / variance**1.5, central4 / variance**2 - 3


def quantile_skewness(histogram: Counts, edges: Floats) -> Floats:
    """(q95 + q05 − 2 q50) / (q95 − q05) of each component (d,), between −1 and 1 (Hinkley 1975); NaN without spread.

    Far-out points do not move it, whereas a few of them make g1 of a symmetric, heavy-tailed component large.
    """
    low, middle, high = (histogram_quantile(histogram, edges, probability) for probability in (0.05, 0.5, 0.95))
    spread = np.where(high > low, high - low, np.nan)
    return np.asarray((high + low - 2 * middle) / spread)


def count_peaks(histogram: Counts, edges: Floats, std: Floats) -> npt.NDArray[np.int64]:
    """Peaks (d,) of each smoothed marginal distribution that stand out by ``SECOND_PEAK`` and by more than chance.

    Chance: the height of a valley or peak, a count over about one bandwidth, is uncertain by its square root.
    """
    bandwidth = silverman_bandwidth(histogram, edges, std)
    _, curve = smoothed(histogram, edges, bandwidth)
    width = (edges[:, -1] - edges[:, 0]) / histogram.shape[1]
    peaks = np.zeros(len(histogram), np.int64)
    for j in np.flatnonzero(std > 0):
        top = float(curve[j].max())
        bins = max(1.0, 2 * np.sqrt(np.pi) * float(bandwidth[j] / width[j]))
        noise = SURE * np.sqrt(top / bins)
        padded = np.concatenate([[0.0], curve[j], [0.0]])
        peaks[j] = len(find_peaks(padded, prominence=max(SECOND_PEAK * top, noise))[0])
    return peaks


def kinds(
    histogram: Counts, edges: Floats, skewness: Floats, kurtosis: Floats, peaks: npt.NDArray[np.int64]
) -> list[str]:
    """One of ``KINDS`` for each component: the first that applies, from constant to normal-like.

    skewness, kurtosis: (d,), NaN for constant components; their standard errors are those of normal samples,
    sqrt(6/n) and sqrt(24/n). Tails alone make skewness uncertain far beyond that: the quantile skewness, whose
    standard error is near 1/sqrt(n) for a normal distribution, must lean to the same side.
    """
    count = histogram.sum(axis=1)
    lean = quantile_skewness(histogram, edges) * np.sign(skewness)
    found = []
    for j in range(len(histogram)):
        if not np.isfinite(skewness[j]):
            found.append("constant")
        elif histogram[j].max() > ONE_VALUE * count[j]:
            found.append("nearly constant")
        elif peaks[j] > 1:
            found.append("two-peaked")
        elif abs(skewness[j]) > max(SKEWED, SURE * np.sqrt(6 / count[j])) and lean[j] > max(
            LOPSIDED, SURE / np.sqrt(count[j])
        ):
            found.append("skewed")
        elif abs(kurtosis[j]) > max(TAILED, SURE * np.sqrt(24 / count[j])):
            found.append("heavy-tailed" if kurtosis[j] > 0 else "light-tailed")
        else:
            found.append("normal-like")
    return found
