"""Held-out points beside training points, statistic by statistic."""

from __future__ import annotations

from typing import Any

from tasks.page.drawing import BLUE, GREY, VERMILLION, new_figure, plot, style
from tasks.page.render import prose
from tasks.page.section import Fold, Picture, Section, Table
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.heldout_claims import LEVEL, NAMES

ORDER = 340
LIMIT = 12.0
"""Standard errors at which a bar is cut, lest one difference hide all others."""


def build(study: ReportedStudy) -> Section | None:
    """Differences in standard errors, and the statistics themselves."""
    facet = study.summary.get("heldout")
    if not facet:
        return None
    figures: dict[str, dict[str, Any]] = facet["figures"]
    figures = {name: figures[name] for name in sorted(figures, key=_place)}
    blocks = (_differences(study, figures), Fold("All statistics in numbers", (_table(figures),)))
    return Section("heldout", "Training against held-out images", blocks, study.claims("heldout"))


def _differences(study: ReportedStudy, figures: dict[str, dict[str, Any]]) -> Picture:
    names = list(figures)[::-1]
    values = [max(-LIMIT, min(LIMIT, figures[name]["standard_errors"])) for name in names]
    colours = [VERMILLION if figures[name]["p"] < LEVEL else BLUE for name in names]
    with style():
        figure = new_figure(0.5 + 0.29 * len(names))
        axis = figure.subplots()
        axis.barh([NAMES.get(name, name).replace("d_M", "$d_M$") for name in names], values, color=colours, height=0.62)
        axis.axvline(0, color=GREY, linewidth=0.8)
        axis.set(xlabel="held-out less training, in standard errors", xlim=(-1.05 * LIMIT, 1.05 * LIMIT))
        axis.grid(axis="y", visible=False)
        return plot(
            "heldout",
            figure,
            study.config.dpi,
            "Each statistic over folds of held-out points less the same over folds of training points; both are "
            f"measured against training points outside the fold. Orange: more than chance (p < {LEVEL:g}, adjusted for "
            f"their number). Bars end at {LIMIT:.0f}.",
            "Bar chart of differences between held-out and training points.",
        )


def _place(name: str) -> int:
    """Where a statistic stands among ``NAMES``; one without a name last."""
    return list(NAMES).index(name) if name in NAMES else len(NAMES)


def _table(figures: dict[str, dict[str, Any]]) -> Table:
    rows = tuple(
        (name, one["train"], one["heldout"], one["standard_errors"], one["p"]) for name, one in figures.items()
    )
    shown = tuple(
        (
            prose(NAMES.get(name, name)),
            short(own),
            short(other),
            short(errors),
            f"{p:.3f}" if p >= 0.001 else "< 0.001",
        )
        for name, own, other, errors, p in rows
    )
    headings = ("statistic", "training", "held-out", "difference / standard error", "p, adjusted")
    return Table("heldout", ("figure", "train", "heldout", "standard_errors", "p"), rows, "", headings, shown)
