"""The figures by which studies are compared: one number a study, each with its meaning."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tasks.comparing.study import ComparedStudy
from tasks.finished.verdict import DISTANCE


@dataclass(frozen=True)
class Figure:
    """``scale``: what a difference is measured by where the figure lies about zero; its mean if None."""

    name: str
    title: str
    topic: str
    meaning: str
    read: Callable[[ComparedStudy], float]
    scale: float | None = None


def divided(value: float, by: float) -> float:
    """NaN for a division by nothing."""
    return value / by if by else math.nan


def _summary(what: str) -> Callable[[ComparedStudy], float]:
    """Reads a number of the summary, such as ``radius train mean``, perhaps over another, over d or √d."""
    path, _, over = what.partition(" / ")

    def read(study: ComparedStudy) -> float:
        units = {"": 1.0, "d": study.dimension, "√d": math.sqrt(study.dimension)}
        unit = units[over] if over in units else study.fact(*over.split())
        return divided(study.fact(*path.split()), unit)

    return read


TOPICS = {
    "autoencoder": "The autoencoder",
    "distributions": "Marginal distributions",
    "offset": "Offset of the core",
    "correlations": "Correlations",
    "dimension": "Effective dimension",
    "normality": "Normality",
    "ladder": "Ladder",
}
"""What figures are about, in the order of the page."""

FIGURES = (
    Figure("held_out_error", "held-out error", "autoencoder", "mean squared error per pixel, 0–1 scale",
           ComparedStudy.error),
    Figure("error_over_pca", "error / PCA's", "autoencoder",
           "held-out error over that of a PCA with as many components",
           lambda study: divided(study.error(), study.error("pca"))),
    Figure("decoding", "cost of decoding", "autoencoder",
           f"{DISTANCE} of reconstructions from photographs, over the variance of the photographs' features",
           ComparedStudy.decoding),
    Figure("half_width_ratio", "half-width / σ", "distributions",
           "median over the components; a normal distribution has 1.177",
           _summary("half_width_ratio components quantiles 0.5")),
    Figure("skewness", "|skewness|", "distributions", "median over the components; a normal distribution has 0",
           _summary("shape median_absolute_skewness"), 1.0),
    Figure("excess_kurtosis", "excess kurtosis", "distributions",
           "median over the components; a normal distribution has 0", _summary("shape median_excess_kurtosis"), 1.0),
    Figure("fit_distance", "KS distance", "distributions",
           "median Kolmogorov–Smirnov distance of a component from its normal fit",
           _summary("half_width_ratio gaussian_fit_distance quantiles 0.5")),
    Figure("origin", "d_M of the origin / √d", "offset",
           "Mahalanobis distance of the origin from the mean; a typical point has about 1",
           _summary("origin mahalanobis / √d")),
    Figure("offset", "|mean| / radius", "offset", "length of the mean over the mean radius |z|",
           _summary("mean_norm / radius train mean")),
    Figure("offset_carriers", "carriers of the offset", "offset",
           "share of the components that make up half of |centre|²", _summary("offset components_for 50% / d")),
    Figure("radius", "radius / √d", "offset", "mean |z| over √d: the scale of a component",
           _summary("radius train mean / √d")),
    Figure("radius_spread", "spread of the radius", "offset", "standard deviation of |z| over its mean",
           _summary("radius train std / radius train mean")),
    Figure("correlation", "root mean square R", "correlations", "over all pairs of components",
           _summary("correlation root_mean_square")),
    Figure("largest_correlation", "largest |R|", "correlations", "of all pairs", _summary("correlation largest")),
    Figure("variance_inflation", "variance inflation", "correlations",
           "its sum over that of independent components of the same number of points: 1 without correlations",
           _summary("variance_inflation_sum / variance_inflation_independent_sum")),
    Figure("participation_ratio", "effective dimension", "dimension",
           "participation ratio (Σλ)²/Σλ²: as many equal axes", _summary("spectrum participation_ratio")),
    Figure("effective_share", "effective dimension / d", "dimension", "participation ratio over the components",
           _summary("spectrum participation_ratio / d")),
    Figure("axes_for_90", "axes for 90 % / d", "dimension", "share of the main axes that hold 90 % of the variance",
           _summary("axes components_for 90% / d")),
    Figure("intrinsic_dimension", "intrinsic dimension", "dimension", "TwoNN estimate (Facco et al. 2017)",
           _summary("intrinsic_dimension train two_nearest dimension")),
    Figure("distance_spread", "spread of d_M / normal's", "normality",
           "standard deviation of the training points' d_M over that of a normal distribution: 1 if normal, more with "
           "heavy tails", _summary("mahalanobis train std / mahalanobis normal_train std")),
    Figure("core_share", "share in the core", "normality", "training points inside the robust 97.5 % ellipsoid",
           _summary("core train"), 1.0),
    Figure("shapiro_rejected", "components not normal", "normality",
           "share that Shapiro–Wilk rejects at 5 %, adjusted after Holm",
           _summary("normality shapiro train share_rejected"), 1.0),
    Figure("tests_rejected", "multivariate tests rejected", "normality",
           "share of Mardia's and Henze–Zirkler's tests on leading axes and random projections that reject at 5 %",
           _summary("normality groups train rejected / normality groups train performed"), 1.0),
    Figure("three_sigma", "3σ cut / normal's", "normality",
           "share within 3σ in every component, over that of independent normal ones",
           _summary("three_sigma_cut train / three_sigma_cut independent_normal")),
)  # fmt: skip


def common_samplers(studies: Sequence[ComparedStudy]) -> list[str]:
    """The samplers that every study has, in the order of the first."""
    return [name for name in studies[0].scores.samplers if all(name in study.scores.samplers for study in studies)]


def ladder_figures(studies: Sequence[ComparedStudy]) -> tuple[Figure, ...]:
    """The distance of each sampler that every study has; none where distances lie in different feature networks."""
    if len({study.network_key for study in studies}) > 1:
        return ()
    meaning = f"{DISTANCE} from the training images' reconstructions, at its most promising level"
    return tuple(
        Figure(f"ladder_{name}", name, "ladder", meaning, partial(ComparedStudy.distance, sampler=name))
        for name in common_samplers(studies)
    )


def all_figures(studies: Sequence[ComparedStudy]) -> tuple[Figure, ...]:
    """Every figure that at least two studies have."""
    return tuple(
        figure
        for figure in (*FIGURES, *ladder_figures(studies))
        if sum(math.isfinite(figure.read(study)) for study in studies) > 1
    )
