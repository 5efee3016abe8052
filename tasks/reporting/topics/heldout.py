"""Held-out points beside training points, statistic by statistic."""

from __future__ import annotations

import numpy as np

from tasks.page.drawing import BLUE, GREY, VERMILLION, Drawn, picture, subplots
from tasks.page.render import prose
from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import p_value, short
from tasks.reporting.topic import Evidence, Facts, Finding, Numbers, ReportedStudy, measured, topic

LEVEL = 0.01
LIMIT = 12.0
"""Standard errors at which a bar is cut, lest one difference hide all others."""

LEAST = 1e-4
"""Probability at which the points end."""

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
COLUMNS = (
    Column("figure", "statistic", lambda name: prose(NAMES[name])),
    *alike(short, train="training", heldout="held-out", standard_errors="difference / standard error"),
    Column("p", "p, adjusted", p_value),
)


@measured("heldout", "figures")
def heldout(numbers: Numbers, figures: dict[str, Facts]) -> Finding:
    """By which headline statistics held-out points can be told from training points."""
    differ = {name: one for name, one in figures.items() if one["p"] < LEVEL}
    size = numbers.summary["heldout"]["fold"]
    detail = f"{len(figures)} statistics over folds of {size:,} points each, adjusted for their number."
    strongest = max(differ or figures, key=lambda name: abs(figures[name]["standard_errors"]))
    one, name = figures[strongest], NAMES[strongest]
    most = f"{short(one['heldout'])} against {short(one['train'])}"
    if not differ:
        text = f"Held-out points cannot be told from training points by any of {len(figures)} statistics."
        detail += (
            f" The clearest difference is in the {name}: {most}, {abs(one['standard_errors']):.1f} standard errors."
        )
        return Finding("heldout", "heldout", text, detail)
    text = (
        f"Held-out points lie differently from training points in {len(differ)} of {len(figures)} statistics, most "
        f"clearly in the {name}: {most}."
    )
    bars = (Evidence("training", one["train"]), Evidence("held-out", one["heldout"]))
    return Finding("heldout", "heldout", text, detail, bars, name)


@measured("heldout", "figures")
@picture
def _differences(study: ReportedStudy, figures: dict[str, Facts]) -> Drawn:
    names = [name for name in NAMES if name in figures]
    errors = np.clip([figures[name]["standard_errors"] for name in names], -LIMIT, LIMIT)
    p = np.maximum([figures[name]["p"] for name in names], LEAST)
    colours, places = np.where(p < LEVEL, VERMILLION, BLUE), np.arange(len(names))
    figure, (left, right) = subplots(0.7 + 0.24 * len(names), 1, 2, sharey=True, width_ratios=(3, 2))
    left.barh(places, errors, color=colours, height=0.62)
    left.axvline(0, color=GREY, linewidth=0.8)
    reach = 1.05 * max(3.0, float(np.abs(errors).max()))
    left.set(xlabel="standard errors", xlim=(-reach, reach), title="Held-out less training")
    left.set_yticks(places, [NAMES[name].replace("d_M", "$d_M$") for name in names])
    left.set_ylim(len(names) - 0.4, -0.6)
    right.scatter(p, places, color=colours, s=22, zorder=3)
    right.axvline(LEVEL, color=VERMILLION, linestyle="--", linewidth=1.2)
    note = {"textcoords": "offset points", "rotation": 90, "ha": "right", "va": "top", "color": VERMILLION}
    right.annotate("threshold", (LEVEL, -0.4), (-3, 0), fontsize=8.5, **note)
    right.set(xscale="log", xlabel="p, adjusted", title="Probability by chance")
    right.set_xlim(1.5, min(LEVEL / 10, 0.7 * p.min()))
    right.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    right.minorticks_off()
    right.tick_params(axis="y", length=0)
    for axis in (left, right):
        axis.grid(axis="y", visible=False)
    return Drawn(
        "heldout",
        figure,
        "Left: each statistic over folds of held-out points less the same over folds of training points; both are "
        "measured against training points outside the fold. Right: the probability of such a difference by chance, "
        f"adjusted for their number. Red: below the threshold of {LEVEL:g}. Bars end at {LIMIT:.0f}, points at "
        f"{LEAST:g}.",
        f"Differences of {len(names)} statistics between held-out and training points, {int(np.sum(p < LEVEL))} of "
        "them beyond the threshold.",
    )


@measured("heldout", "figures")
def _table(study: ReportedStudy, figures: dict[str, Facts]) -> Fold | None:
    rows = [{"figure": name, **figures[name]} for name in NAMES if name in figures]
    return fold("All statistics in numbers", table("heldout", COLUMNS, rows))


ORDER, RANK = 340, 95
FINDERS = (heldout,)
build = topic("heldout", "Training against held-out points", _differences, _table)
