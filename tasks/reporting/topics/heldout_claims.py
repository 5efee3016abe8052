"""Findings about held-out points beside training points."""

from __future__ import annotations

from tasks.finished.numbers import Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import short

RANK = 95
LEVEL = 0.01

NAMES = {
    "radius": "mean radius |z|",
    "radius_spread": "spread of the radius",
    "origin": "d_M of the mean from the origin",
    "mean_shift": "d_M of the mean from the training mean",
    "mahalanobis": "mean d_M",
    "mahalanobis_spread": "spread of d_M",
    "body": "share of points in the normal body (97.5 %)",
    "half_width_ratio": "half-width / σ, median component",
    "excess_kurtosis": "excess kurtosis, median component",
    "total_variance": "total variance",
    "leading_variance": "share of variance in the first main axes",
    "axes_for_90": "main axes for 90 % of the variance",
    "participation_ratio": "participation ratio of the variances",
    "leading_excess_kurtosis": "excess kurtosis along the first main axes",
    "variance_inflation": "mean d_M² of an independent draw",
    "correlation": "root mean square correlation",
    "correlation_difference": "difference of the correlations from the training ones",
    "nearest_training_point": "distance to the nearest training point",
    "two_nearest": "intrinsic dimension, two nearest",
    "likelihood": "intrinsic dimension, maximum likelihood",
}


def heldout(numbers: Numbers) -> Finding | None:
    """Which headline statistics differ between training and held-out points by more than chance."""
    figures = at(numbers.summary, "heldout", "figures")
    if not figures:
        return None
    differ = {name: one for name, one in figures.items() if one["p"] is not None and one["p"] < LEVEL}
    fold = at(numbers.summary, "heldout", "fold")
    detail = f"{len(figures)} statistics over folds of {fold:,} points each, adjusted for their number."
    if not differ:
        text = (
            "Held-out images lie among the latent points as training images do: no statistic differs by more than "
            "chance."
        )
        return Finding("heldout", "heldout", text, detail)
    strongest = max(differ, key=lambda name: abs(differ[name]["standard_errors"]))
    one = differ[strongest]
    text = (
        f"Held-out images lie differently from training images in {len(differ)} of {len(figures)} statistics, "
        f"most clearly in the {NAMES.get(strongest, strongest)}: {short(one['heldout'])} against {short(one['train'])}."
    )
    bars = (Evidence("training", one["train"]), Evidence("held-out", one["heldout"]))
    return Finding("heldout", "heldout", text, detail, bars, NAMES.get(strongest, strongest))


FINDERS = (heldout,)
