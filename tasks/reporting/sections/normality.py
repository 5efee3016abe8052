"""Squared Mahalanobis distances beside what a normal distribution would give."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, chi2, f

from tasks.reporting.drawing import BLACK, BLUE, VERMILLION, new_figure, plot, style
from tasks.reporting.section import Picture, Section
from tasks.reporting.study import TRAIN, Study

ORDER = 125
Floats = npt.NDArray[np.float64]


def build(study: Study) -> Section | None:
    """Histogram and Q–Q plot of d_M² of training and held-out points."""
    mahalanobis = study.statistic("mahalanobis")
    if mahalanobis is None:
        return None
    squared = np.asarray(mahalanobis, np.float64) ** 2
    return Section("normality", "How normal the cloud is", (_picture(study, squared),), study.claims("normality"))


def _picture(study: Study, squared: Floats) -> Picture:
    train = squared[study.partition == TRAIN]
    held_out = squared[study.partition != TRAIN]
    components = study.dimension - len(study.summary.get("constant_components") or [])
    exact = (study.summary.get("covariance") or {}).get("estimate", "sample") == "sample"
    with style():
        figure = new_figure(3.5)
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
        _histogram(left, train, held_out, components, exact)
        for values, colour, label in ((train, BLUE, "training"), (held_out, VERMILLION, "held-out")):
            if len(values) > 1:
                _quantiles(right, values, components, colour, label)
        ends = chi2.ppf([0.001, 0.999], components)
        right.plot(ends, ends, color=BLACK, linewidth=1, linestyle=":")
        right.set(xlabel="chi-square quantile", ylabel="$d_M^2$ quantile", title="Q–Q")
        right.legend()
        note = "" if exact else " Distances are measured with a shrunken covariance, for which no exact curve is known."
        return plot(
            "mahalanobis",
            figure,
            study.config.dpi,
            f"Squared Mahalanobis distance of real points from the training points' mean, beside chi-square with "
            f"{components} degrees of freedom and, dashed, the exact distributions for a normal cloud of this size. "
            f"Points beyond the histogram's end are counted in its last bin.{note}",
            "Histogram and quantile plot of squared Mahalanobis distances of training and held-out points.",
        )


def _histogram(axis: Any, train: Floats, held_out: Floats, components: int, exact: bool) -> None:
    everything = np.concatenate([train, held_out])
    top = float(max(np.quantile(everything, 0.985), chi2.ppf(0.9999, components)))
    edges = np.linspace(0, top, 90)
    for values, colour, label in ((train, BLUE, "training"), (held_out, VERMILLION, "held-out")):
        if len(values):
            axis.hist(np.minimum(values, top), edges, density=True, color=colour, alpha=0.4, label=label)
    x = np.linspace(top / 1000, top, 600)
    axis.plot(x, chi2.pdf(x, components), color=BLACK, linewidth=1.2, linestyle=":", label=f"chi-square({components})")
    n, d = len(train), components
    if exact and n > d + 2:
        own = (n - 1) ** 2 / n
        axis.plot(x, beta.pdf(x / own, d / 2, (n - d - 1) / 2) / own, color=BLUE, linestyle="--", linewidth=1.2)
        new = d * (n**2 - 1) / (n * (n - d))
        axis.plot(x, f.pdf(x / new, d, n - d) / new, color=VERMILLION, linestyle="--", linewidth=1.2)
    axis.set(xlabel="$d_M^2$", ylabel="density", title="Squared Mahalanobis distance", yticks=[])
    axis.legend()


def _quantiles(axis: Any, values: Floats, components: int, colour: str, label: str) -> None:
    share = (np.arange(1, min(len(values), 400) + 1) - 0.5) / min(len(values), 400)
    axis.plot(chi2.ppf(share, components), np.quantile(values, share), ".", color=colour, markersize=3, label=label)
