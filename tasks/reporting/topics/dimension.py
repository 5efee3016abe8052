"""How many dimensions the points fill near by."""

from __future__ import annotations

import numpy as np

from tasks.page.drawing import BLACK, BLUE, GREY, VERMILLION, Drawn, picture, subplots
from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import short, with_spread
from tasks.reporting.topic import Evidence, Facts, Finding, Floats, Numbers, ReportedStudy, measured, topic

SIDES = (("train", "training points", BLUE), ("normal", "normal, as many", GREY))
FEWER = (("train_as_heldout", "training, as many as held-out", BLUE), ("heldout", "held-out points", VERMILLION))
ESTIMATES = (("two_nearest", "two nearest\nneighbours"), ("likelihood", "maximum\nlikelihood"))
COLUMNS = (
    Column("points"),
    Column("number", shown="{:,}".format),
    *alike(short, two_nearest="two nearest neighbours", two_nearest_error="± its error"),
    *alike(short, likelihood="maximum likelihood", likelihood_error="± its error"),
)
ERRORS = 3.0
"""Standard errors from which two dimensions differ."""


@measured("intrinsic_dimension")
def dimension(numbers: Numbers, facts: Facts) -> Finding | None:
    """Whether the points fill fewer dimensions than normal ones of the same covariance, which are estimated alike."""
    if not facts["normal"]:
        return None
    own, normal = _values(facts["train"]), _values(facts["normal"])
    error = np.hypot(own[:, 1], normal[:, 1])
    errors = (own[:, 0] - normal[:, 0]) / np.where(error > 0, error, np.nan)
    if np.isnan(errors).any():
        return None
    decided = True
    if max(errors) <= -ERRORS:
        text = "Locally, the real points fill fewer dimensions than normal points with the same covariance."
    elif min(errors) >= ERRORS:
        text = "Locally, the real points fill more dimensions than normal points with the same covariance."
    else:
        decided = False
        text = "Whether the real points fill fewer dimensions than normal ones is not clear: two estimates differ."
        if max(abs(errors)) < ERRORS:
            text = "No evidence that the real points fill fewer dimensions than normal points of the same covariance."
    two_nearest, likelihood = ([with_spread(*side[place]) for side in (own, normal)] for place in (0, 1))
    detail = (
        f"Of {facts['components']} components, maximum likelihood finds {likelihood[0]} dimensions where normal points "
        f"seem to have {likelihood[1]}; from two neighbours it is {two_nearest[0]} against {two_nearest[1]}. Such "
        "estimates are too low in many dimensions, so that only the comparison tells."
    )
    bars = (Evidence("real points", *own[1]), Evidence("normal points", *normal[1]))
    return Finding("dimension", "dimension", text, detail, bars, "intrinsic dimension, maximum likelihood", decided)


def _points(facts: Facts) -> list[tuple[str, str, Facts]]:
    """Name, colour and estimates of every set of points; held-out ones beside as many training points."""
    sides: tuple[tuple[str, str, str], ...] = SIDES
    if facts.get("heldout"):
        same = facts["train_as_heldout"]["points"] == facts["train"]["points"]
        sides = (*SIDES, *FEWER[1 if same else 0 :])
    return [(label, colour, facts[side]) for side, label, colour in sides if facts.get(side)]


def _values(own: Facts) -> Floats:
    """Both estimates with their errors (estimate, part), NaN where undefined."""
    return np.array([[own[name][part] for part in ("dimension", "error")] for name, _ in ESTIMATES], np.float64)


@measured("intrinsic_dimension")
@picture
def _dimensions(study: ReportedStudy, facts: Facts) -> Drawn:
    points = _points(facts)
    height = 0.8 / len(points)
    figure, axis = subplots(1.1 + 0.42 * len(points))
    for place, (label, colour, own) in enumerate(points):
        values, errors = _values(own).T
        spots = np.arange(2) + (place - (len(points) - 1) / 2) * height
        faint = 0.45 if label == FEWER[0][1] else 0.9
        axis.barh(spots, values, 0.9 * height, color=colour, alpha=faint, label=f"{label} ({own['points']:,})")
        axis.errorbar(values, spots, xerr=errors, fmt="none", ecolor=BLACK, elinewidth=0.9, capsize=2)
    axis.set_yticks([0, 1], [label for _, label in ESTIMATES])
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    whole = f"(of {facts['components']} components)"
    axis.set(xlabel=f"intrinsic dimension {whole}", title="Dimensions that the points fill")
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return Drawn(
        "intrinsic_dimension",
        figure,
        "Dimensions that the points fill locally, from distances to the nearest neighbours, with standard errors. The "
        "estimates are too low in many dimensions and fall with fewer points: what tells is the comparison with as "
        "many normal points of the same covariance.",
        "Bars of two estimates of the intrinsic dimension for real and simulated normal points.",
    )


@measured("intrinsic_dimension")
def _table(study: ReportedStudy, facts: Facts) -> Fold | None:
    rows = [(label, own["points"], *_values(own).ravel().tolist()) for label, _, own in _points(facts)]
    return fold("The estimates in numbers", table("intrinsic_dimension", COLUMNS, rows))


ORDER, RANK = 520, 82
FINDERS = (dimension,)
build = topic("dimension", "Intrinsic dimension", _dimensions, _table)
