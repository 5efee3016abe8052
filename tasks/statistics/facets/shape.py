"""The shape of every marginal distribution, from sums over all points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.statistics.distributions import histogram_quantile
from tasks.statistics.facet import Cloud, Facet, Labelled
from tasks.statistics.shape import KINDS, count_peaks, kinds, standardised_moments

Floats = npt.NDArray[np.float64]

PROBABILITIES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)


def measure(cloud: Cloud) -> Facet:
    """Skewness, excess kurtosis, quantiles and kind of each component; the first two for held-out points too."""
    analysis = cloud.analysis
    component = ("component",)
    skewness, kurtosis = _of(analysis.powers[1], int(analysis.train.count), analysis.train.varies)
    peaks = count_peaks(analysis.histogram, analysis.edges, analysis.std)
    shape = kinds(analysis.histogram, analysis.edges, skewness, kurtosis, peaks)
    quantiles = np.stack([histogram_quantile(analysis.histogram, analysis.edges, p) for p in PROBABILITIES], axis=1)
    arrays: dict[str, Labelled] = {
        "skewness": (skewness, component),
        "excess_kurtosis": (kurtosis, component),
        "peaks": (peaks, component),
        "shape": (np.array([KINDS.index(kind) for kind in shape], np.int64), component),
        "quantile": (quantiles, ("component", "probability")),
        "quantile_probability": (np.array(PROBABILITIES), ("probability",)),
    }
    facts = {
        "points": {"train": int(analysis.train.count), "heldout": int(analysis.heldout.count)},
        "kinds": {kind: shape.count(kind) for kind in KINDS if kind in shape},
        "kind_names": list(KINDS),
        "median_absolute_skewness": _median(np.abs(skewness)),
        "median_excess_kurtosis": _median(kurtosis),
    }
    if analysis.heldout.count > 1:
        held = _of(analysis.powers[0], int(analysis.heldout.count), analysis.train.varies)
        arrays["heldout_skewness"], arrays["heldout_excess_kurtosis"] = ((values, component) for values in held)
        facts["heldout_median_excess_kurtosis"] = _median(held[1])
    return Facet(arrays, facts)


def _of(powers: Floats, count: int, varies: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    sums = np.concatenate([np.full((1, powers.shape[1]), float(count)), powers])
    skewness, kurtosis = standardised_moments(sums)
    return np.where(varies, skewness, np.nan), np.where(varies, kurtosis, np.nan)


def _median(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None
