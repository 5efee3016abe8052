"""How many dimensions the points fill near by."""

from __future__ import annotations

from typing import Any

import numpy as np

from tasks.page.drawing import BLACK, BLUE, GREY, VERMILLION, new_figure, plot, style
from tasks.page.section import Fold, Picture, Section, Table
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy

ORDER = 520
SIDES = (("train", "training points", BLUE), ("normal", "normal, as many", GREY))
FEWER = (("train_as_heldout", "training, as many as held-out", BLUE), ("heldout", "held-out points", VERMILLION))
ESTIMATES = (("two_nearest", "two nearest\nneighbours"), ("likelihood", "maximum\nlikelihood"))


def build(study: ReportedStudy) -> Section | None:
    """Two estimates of the intrinsic dimension, of real and of normal points."""
    if not study.summary.get("intrinsic_dimension"):
        return None
    blocks = (_dimensions(study), Fold("The estimates in numbers", (_dimension_table(study),)))
    return Section("dimension", "Intrinsic dimension", blocks, study.claims("dimension"))


def _rows(study: ReportedStudy) -> list[tuple[str, str, dict[str, Any]]]:
    """Name, colour and estimates of every set of points; the held-out ones beside as many training points."""
    facts = study.summary["intrinsic_dimension"]
    sides: tuple[tuple[str, str, str], ...] = SIDES
    if facts.get("heldout"):
        same = facts["train_as_heldout"]["points"] == facts["train"]["points"]
        sides = (*SIDES, *FEWER[1 if same else 0 :])
    return [(label, colour, facts[side]) for side, label, colour in sides if facts.get(side)]


def _value(number: float | None) -> float:
    return np.nan if number is None else number


def _dimensions(study: ReportedStudy) -> Picture:
    rows = _rows(study)
    height = 0.8 / len(rows)
    with style():
        figure = new_figure(1.1 + 0.42 * len(rows))
        axis = figure.subplots()
        for place, (label, colour, facts) in enumerate(rows):
            values = [_value(facts[name]["dimension"]) for name, _ in ESTIMATES]
            errors = [_value(facts[name]["error"]) for name, _ in ESTIMATES]
            spots = np.arange(2) + (place - (len(rows) - 1) / 2) * height
            faint = 0.45 if label.startswith(FEWER[0][1]) else 0.9
            axis.barh(spots, values, 0.9 * height, color=colour, alpha=faint, label=f"{label} ({facts['points']:,})")
            axis.errorbar(values, spots, xerr=errors, fmt="none", ecolor=BLACK, elinewidth=0.9, capsize=2)
        axis.set_yticks([0, 1], [label for _, label in ESTIMATES])
        axis.invert_yaxis()
        axis.grid(axis="y", visible=False)
        components = study.summary["intrinsic_dimension"]["components"]
        axis.set(xlabel=f"intrinsic dimension (of {components} components)", title="Dimensions that the points fill")
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return plot(
            "intrinsic_dimension",
            figure,
            study.config.dpi,
            "Dimensions that the points fill near by, from distances to the nearest neighbours, with standard errors. "
            "The estimates are too low in many dimensions and fall with fewer points: what tells is the comparison "
            "with as many normal points of the same covariance.",
            "Bars of two estimates of the intrinsic dimension for real and simulated normal points.",
        )


def _dimension_table(study: ReportedStudy) -> Table:
    rows = tuple(
        (label, facts["points"], *(_value(facts[name][part]) for name, _ in ESTIMATES for part in facts[name]))
        for label, _, facts in _rows(study)
    )
    shown = tuple((label, f"{points:,}", *(short(value) for value in values)) for label, points, *values in rows)
    columns = ("points", "number", "two_nearest", "two_nearest_error", "likelihood", "likelihood_error")
    headings = ("points", "number", "two nearest neighbours", "± its error", "maximum likelihood", "± its error")
    return Table("intrinsic_dimension", columns, rows, "", headings, shown)
