"""Which sampler is best on points alone: each at its most promising level, beside training points."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

from tasks.finished.estimates import Estimate
from tasks.finished.points import PointsNumbers
from tasks.finished.points_verdict import CLASSIFIERS, PointsVerdict, Rated
from tasks.page.drawing import BLACK, BLUE, GREY, RECONSTRUCTION, SKY, VERMILLION, Drawn, new_figure, picture
from tasks.page.finding import Finding
from tasks.page.section import Cell, Column, Section, Table, fold, paragraph, section, table
from tasks.page.wording import counted, percent, short, with_interval
from tasks.reporting.ladder_chart import mark
from tasks.reporting.points_study import ReportedPoints
from tasks.reporting.words import limit, named, names

ORDER, RANK = 710, 5
ROW = 0.36
MARKERS = {"trees": "s", "neighbours": "^"}


def build(study: ReportedPoints) -> Section | None:
    """The rule, a figure and a table of all samplers."""
    verdict = study.verdict
    if not verdict.rows:
        return None
    return section(
        "ladder",
        "Which draw is best",
        *(paragraph("{}", text) for text in _rule(verdict)),
        _chart(study),
        fold("The ladder in numbers", _table(verdict)),
        claims=study.claims("ladder"),
    )


def _rule(verdict: PointsVerdict) -> list[str]:
    first, most = verdict.rows[0], limit(float(verdict.truth["most_copied"]))
    copied = [row for row in verdict.rows if verdict.copies(row)]
    told = (
        f"Every sampler is drawn from anew at the level whose stored draws were told from held-out points least: "
        f"{len(first.draws)} draws of {first.n // len(first.draws):,} points, each beside as many held-out points. Two "
        "classifiers that have not seen them try to tell one from the other: boosted trees on the main axes, which "
        "see the distribution of each axis and of pairs of them, and the vote of nearest neighbours in latent space, "
        "which sees what is empty and what is crowded. What counts is the AUC of the better one: 0.5 is chance, 1 "
        "means that every draw is recognised."
    )
    rule = (
        f"The rule: a sampler is a candidate if at most {most} of its points are copies, nearer to a training point "
        "than 95 % of those are to one another. Candidates whose 95 % interval of the AUC overlaps with that of the "
        "lowest one tie with it, and of these the one that keeps the fewest numbers of the training points is "
        f"recommended. Here {len(verdict.candidates)} of {counted(len(verdict.rows), 'sampler')} are candidates"
    )
    rule += (
        f"; {names(copied, len(copied))} {'repeats' if len(copied) == 1 else 'repeat'} training points."
        if copied
        else "."
    )
    if len(verdict.tied) > 1:
        rule += f" {len(verdict.tied)} tie: {names(verdict.tied, len(verdict.tied))}."
    return [told, rule + (f" There is no answer yet: {verdict.withheld}." if verdict.pick is None else "")]


@picture
def _chart(study: ReportedPoints) -> Drawn:
    """A row per sampler, the farthest first, then training points: both classifiers, the better with its interval."""
    verdict = study.verdict
    rows = [*verdict.rows[::-1], verdict.training]
    figure = new_figure(ROW * len(rows) + 1.0)
    axes, shares = figure.subplots(1, 2, sharey=True, width_ratios=(5, 1.6))
    for place, row in enumerate(rows):
        _row(axes, verdict, row, place)
        for column, (found, over) in enumerate(((row.coverage, False), (row.copied, verdict.copies(row)))):
            look = {"color": VERMILLION, "fontweight": "bold"} if over else {"color": BLACK}
            text = "–" if found is None else f"{100 * found.value:.0f} %"
            shares.text(column, place, text, ha="center", va="center", fontsize=8.5, **look)
    axes.axvline(0.5, color=GREY, linewidth=0.9, linestyle=":")
    axes.set_yticks(range(len(rows)), [_label(verdict, row) for row in rows])
    axes.set(ylim=(len(rows) - 0.4, -0.6), xlim=(min(0.45, *(row.auc.value for row in rows)) - 0.01, 1.015))
    axes.set_xlabel("AUC: how well draws are told from held-out points (0.5 is chance)")
    axes.grid(axis="y", visible=False)
    for by, marker in MARKERS.items():
        axes.plot([], [], marker, color=SKY, markersize=4, label=CLASSIFIERS[by])
    axes.legend(loc="upper left", frameon=True, framealpha=0.9, edgecolor="none")
    for column, word in enumerate(("coverage", "copied")):
        shares.text(column, -0.75, word, ha="center", va="bottom", fontsize=8.5, color=GREY)
    shares.set_xlim(-0.6, 1.6)
    shares.grid(False)
    shares.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    shares.spines[:].set_visible(False)
    return Drawn(
        "ladder",
        figure,
        "Each sampler at its most promising level, the one told apart most easily first. Small marks: both "
        "classifiers. Large: the better one, with its 95 % interval; a star is the recommended draw, hollow ones "
        "repeat training points. Coverage: the share of held-out points with a draw near them. Last row: "
        "training points as they are.",
        f"AUC of {len(rows)} rows, from {short(rows[0].auc.value)} to {short(rows[-2].auc.value)}.",
    )


def _row(axes: Any, verdict: PointsVerdict, row: Rated, place: int) -> None:
    standing = verdict.standing(row)
    for by, marker in MARKERS.items():
        axes.plot(getattr(row, by).value, place, marker, color=SKY, markersize=4)
    value, low, high = row.auc
    if not math.isfinite(value):
        return
    colour = BLACK if row == verdict.training else RECONSTRUCTION if standing == "recommended" else BLUE
    colour = GREY if standing == "copies" else colour
    reach = [[value - low], [high - value]] if math.isfinite(low) else None
    marker, size = ("*", 12) if standing == "recommended" else ("o", 5.5)
    look = {"markersize": size, "color": colour, "markerfacecolor": "white" if standing == "copies" else colour}
    axes.errorbar(value, place, xerr=reach, fmt=marker, elinewidth=1.4, capsize=3, **look)


def _label(verdict: PointsVerdict, row: Rated) -> str:
    if row == verdict.training:
        return "training points"
    sign = mark(verdict.standing(row)) if verdict.standing(row) in ("recommended", "tied") else ""
    return f"{sign} {row.name}".strip()


def ranking(numbers: PointsNumbers) -> Finding | None:
    """How many pairs of samplers can be told apart, and whether the closest can be told from real points."""
    rows = [row for row in numbers.verdict.rows if math.isfinite(row.auc.low)]
    if len(rows) < 2:
        return None
    pairs = list(combinations(rows, 2))
    apart = sum(not first.auc.overlaps(second.auc) for first, second in pairs)
    training = numbers.verdict.training
    equal = [row for row in numbers.verdict.candidates if not numbers.verdict.told(row)]
    if equal:
        text = (
            f"{counted(len(equal), 'sampler draws', 'samplers draw')} points that are told from held-out points no "
            "better than training points are."
        )
    else:
        text = "Every draw can be told from held-out points better than training points can."
    detail = (
        f"AUC of training points {with_interval(*training.auc)}. Of {len(pairs)} pairs of samplers {apart} have "
        "intervals that do not overlap; 95 % intervals, not adjusted for the number of pairs."
    )
    return Finding("ranking", "ladder", text, detail, decided=bool(apart))


FINDERS = (ranking,)


def _table(verdict: PointsVerdict) -> Table:
    columns = (
        Column("rank", shown=None),
        Column("sampler", shown=named, takes=2),
        Column("label", shown=None),
        Column("standing", "", mark),
        Column("auc", "AUC ↓", with_interval, takes=3),
        Column("auc_low", shown=None),
        Column("auc_high", shown=None),
        Column("auc_trees", "trees", "{:.3f}".format),
        Column("auc_neighbours", "neighbours", "{:.3f}".format),
        Column("accuracy", "told rightly", percent),
        Column("energy", "energy ↓", with_interval, takes=3),
        Column("energy_low", shown=None),
        Column("energy_high", shown=None),
        Column("swd", "sliced ↓", short),
        Column("coverage", "coverage ↑", percent),
        Column("copied", "copied ↓", percent),
        Column("novelty", shown="{:.2f}".format),
        Column("nats", "nats ↑", lambda value: f"{value:.3f}".replace("-", "−")),
    )
    rows: list[tuple[Cell | None, ...]] = []
    for place, row in enumerate((*verdict.rows, verdict.training), start=1):
        fixed = row == verdict.training
        rows.append(
            (
                "" if fixed else place,
                "training points" if fixed else row.sampler,
                "" if fixed else row.label,
                "" if fixed else verdict.standing(row),
                *row.auc,
                row.trees.value,
                row.neighbours.value,
                row.accuracy.value,
                *row.energy,
                row.swd.value,
                row.coverage.value,
                _value(row.copied),
                _value(row.novelty),
                _value(row.nats),
            )
        )
    caption = (
        "Fresh draws beside held-out points, the least told apart first; AUC and energy distance with 95 % intervals. "
        "Energy (without bias, 0 is the best) and sliced Wasserstein distance in units of a component's root mean "
        "square standard deviation; nats: mean log density of held-out points per component, where the sampler has "
        "a density. Last row: training points."
    )
    return table("ladder", columns, rows, caption, [len(rows) - 1])


def _value(found: Estimate | None) -> float | None:
    return None if found is None or not math.isfinite(found.value) else found.value
