"""Which sampler is best: each at its best level, from the worst to the best, in multiples of reconstructions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tasks.assessment.tables import Score
from tasks.finished.metrics import metric_named
from tasks.finished.scores import FIXED_ROWS, Judge, reference_words
from tasks.page.drawing import BLUE, GREY, ORANGE, REAL, RECONSTRUCTION, new_figure, plot, style
from tasks.page.section import Block, Cell, Fold, Picture, Prose, Section, Table
from tasks.page.wording import probability, short, with_spread
from tasks.reporting.cautions import cautions
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.answer import copies
from tasks.reporting.topics.planned import planned

ORDER = 710
BESIDE = ("kid", "swd", "coverage", "novelty", "novelty_latent")
"""What the table shows beside the deciding metric, against the deciding reference but for the novelties."""

BEST, TIED = "★", "≈"
"""Marks of the recommended sampler, and of what is not shown to be worse."""


@dataclass(frozen=True)
class Rung:
    """One row of the ladder. scores: of the deciding metric by reference; multiples: of the reconstruction row."""

    sampler: str
    label: str
    scores: dict[str, Score]
    multiples: dict[str, float]
    copies: bool

    @property
    def name(self) -> str:
        """Sampler and level."""
        return next(iter(self.scores.values())).name


def build(study: ReportedStudy) -> Section | None:
    """A figure and a table of all samplers, beside what real images and reconstructions reach."""
    if not study.scores.rows:
        return None
    rungs = ladder(study)
    blocks: tuple[Block, ...] = (Prose(_words(study)),)
    if rungs:
        told = [part for reference in study.scores.references for part in cautions(study, reference, BESIDE)]
        blocks += (_figure(study, rungs), *told, Fold("The ladder in numbers", (_table(study, rungs),)))
    return Section("ladder", "Which draw is best", blocks, study.claims("ladder", "correlations"))


def ladder(study: ReportedStudy) -> list[Rung]:
    """Every sampler at its best level and the fixed rows, the worst first."""
    scores, judge = study.scores, study.judge
    best = [score for name in (*scores.samplers, *FIXED_ROWS) if (score := scores.best(judge, name))]
    best.sort(key=lambda score: -score.value)
    units = {name: _found(study, judge.metric, name, ("reconstruction", "")) for name in scores.references}
    rungs = []
    for score in best:
        line = score.sampler, score.label
        found = {name: row for name in units if (row := _found(study, judge.metric, name, line))}
        multiples = {
            name: row.value / unit.value
            for name, row in found.items()
            if (unit := units[name]) is not None and unit.value > 0
        }
        copied = score.sampler not in FIXED_ROWS and copies(study.numbers, score)
        rungs.append(Rung(*line, found, multiples, copied))
    return rungs


def _found(study: ReportedStudy, metric: str, reference: str, line: tuple[str, str]) -> Score | None:
    sampler, label = line
    rows = study.scores.select(sampler=sampler, label=label, metric=metric, reference=reference)
    if sampler in FIXED_ROWS:
        rows = study.scores.select(sampler=sampler, metric=metric, reference=reference)
    rows = [row for row in rows if row.features in (study.judge.features, "pixels", "latent")]
    return next((row for row in rows if math.isfinite(row.value)), None)


def _words(study: ReportedStudy) -> Markup:
    network = study.feature_network
    kind = study.judge.features or str(network.get("features", ""))
    if kind == "random":
        space = "an untrained network with fixed random weights, which orders samplers only roughly"
    elif kind == "attributes":
        accuracy = network.get("accuracy")
        space = "a small classifier trained on the data's own attributes"
        if isinstance(accuracy, int | float):
            space += f" ({100 * accuracy:.1f} % accurate)"
    else:
        space = f"the network “{kind}”"
    words = Markup(
        "<p>Every sampler's decoded images are compared with real ones in the features of {}. Two fixed rows belong to "
        "every table: <em>real</em>, the floor that other real images reach, and <em>reconstruction</em>, images of "
        "the other partition passed through the autoencoder, a fair goal for draws through the same decoder. {}</p>"
    ).format(space, _repeats(study))
    if study.ranking is not None:
        words += Markup("<p>{}</p>").format(" ".join(families(study)))
    return words


def _repeats(study: ReportedStudy) -> str:
    """How many draws of how many images are behind a row, and by which seeds."""
    rows = [row for row in study.scores.judged(study.judge) if row.sampler not in FIXED_ROWS]
    over = study.numbers.repeated(rows[0]) if rows else ""
    if not over:
        return "The ± is the standard deviation over repeated draws."
    seeds = sorted({row.seed for row in rows})
    text = f"Every number is the mean over {over}, the ± their standard deviation; the images of each draw were chosen "
    return text + f"with the {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}."


def families(study: ReportedStudy) -> list[str]:
    """Which comparisons are adjusted together, and the pairs that the two families judge differently."""
    ranking, asked = study.ranking, planned(study.numbers)
    if ranking is None:
        return []
    told = [
        f"Two rows are told apart by t-tests on their draws, at the level {study.judge.significance:g}. The ladder "
        f"compares all {ranking.pairs[1]} pairs of samplers and reconstructions, adjusted together; rows that share a "
        "letter in the column ties are not told apart."
    ]
    if len(asked) > 1:
        told.append(
            f"The {len(asked)} questions that were planned are adjusted for one another alone, so they see smaller "
            "differences than the ladder can."
        )
    for step in asked.values():
        first, second = step.first.sampler, step.second.sampler
        draws = study.samples.get(first)
        base = str(draws.facts.get("base", "")) if draws is not None and first == second else second
        if step.decided and first != base and {first, base} <= set(ranking.names) and ranking.tied(first, base):
            same = f", which is a draw of {base}," if first == second else ""
            told.append(
                f"So {step.first.name} and {step.second.name}{same} are told apart as planned "
                f"({probability(step.probability)}), while {first} and {base} tie in the ladder."
            )
    return told


def _figure(study: ReportedStudy, rungs: list[Rung]) -> Picture:
    title = metric_named(study.judge.metric).title
    references = [name for name in study.scores.references if any(name in rung.multiples for rung in rungs)]
    with style():
        figure = new_figure(0.3 * len(rungs) + 1.1)
        axes = figure.subplots()
        axes.axvline(1, color=RECONSTRUCTION, linestyle="--", linewidth=1.4)
        for place, reference in enumerate(references):
            _points(axes, rungs, reference, BLUE if place == 0 else ORANGE, place)
        _names(axes, study, rungs)
        figure.legend(loc="outside upper right", ncols=2)
        caption = (
            f"Each sampler at its best level, the worst first: {title} as a multiple of the reconstruction row's, "
            "against either reference. Bars: the standard deviation over repeated draws."
        )
        if best_of(study):
            caption += f" {BEST}: recommended; {TIED}: not shown to be worse than that."
        if any(rung.copies for rung in rungs):
            caption += " Open circles: the novelty is so low that the sampler copies training faces."
        return plot("ladder", figure, study.config.dpi, caption, _described(title, study.judge, rungs))


def _points(axes: Any, rungs: list[Rung], reference: str, colour: str, place: int) -> None:
    shown = [(row, rung) for row, rung in enumerate(rungs) if rung.multiples.get(reference, 0) > 0]
    shift = 0.13 if place else -0.13
    label: str | None = f"against {reference_words(reference)} images"
    for row, rung in shown:
        score, multiple = rung.scores[reference], rung.multiples[reference]
        spread = multiple * score.spread / score.value if math.isfinite(score.spread) and score.value > 0 else 0.0
        axes.errorbar(
            multiple,
            row + shift,
            xerr=min(max(spread, 0.0), 0.95 * multiple),
            fmt="o",
            markersize=5.5,
            color=colour,
            markerfacecolor="white" if rung.copies else colour,
            elinewidth=1.2,
            capsize=2,
            label=label,
        )
        label = None


def best_of(study: ReportedStudy) -> str:
    """The recommended sampler where it can be compared with others, else an empty string."""
    answer, ranking = study.answer, study.ranking
    name = answer.pick[0] if answer is not None and answer.pick is not None else ""
    return name if ranking is not None and name in ranking.names else ""


def tie(study: ReportedStudy, sampler: str) -> str:
    """The mark of the recommended sampler, and of those that are not shown to be worse; empty for all others."""
    best, ranking = best_of(study), study.ranking
    if not best or ranking is None or sampler not in ranking.names:
        return ""
    if sampler == best:
        return BEST
    return TIED if ranking.tied(sampler, best) else ""


def _names(axes: Any, study: ReportedStudy, rungs: list[Rung]) -> None:
    fixed = {"real": REAL, "reconstruction": RECONSTRUCTION}
    names = []
    for rung in rungs:
        mark = tie(study, rung.sampler)
        names.append(f"{rung.name}  {mark}" if mark else rung.name)
    axes.set_yticks(range(len(rungs)), names)
    for text, rung in zip(axes.get_yticklabels(), rungs, strict=True):
        text.set_color(fixed.get(rung.sampler, GREY if rung.copies else "#222222"))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    values = [value for rung in rungs for value in rung.multiples.values() if value > 0]
    if values and max(values) > 5 * min(values):
        axes.set_xscale("log")
        low, high = min(values), max(values)
        ticks = [
            tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low / 2 < tick < 2 * high
        ]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    axes.set_xlabel(f"{metric_named(study.judge.metric).title} / that of reconstructions (lower is better)")


def _table(study: ReportedStudy, rungs: list[Rung]) -> Table:
    judge, references = study.judge, study.scores.references
    title = metric_named(judge.metric).title
    order = sorted(references, key=lambda name: name != judge.reference)
    measured = {row.metric for row in study.scores.rows}
    beside = [name for name in BESIDE if name in measured and name != judge.metric]
    columns, headings = ["rank", "sampler", "label"], ["sampler"]
    for name in order:
        columns += [f"{judge.metric}_{name}", f"{judge.metric}_{name}_spread", f"{judge.metric}_{name}_multiple"]
        headings.append(f"{title} ({reference_words(name)})")
    if study.ranking:
        columns += ["ties", "beside_best"]
        headings.append("ties")
    for name in beside:
        columns += [name, f"{name}_spread", f"{name}_multiple"]
        headings.append(f"{metric_named(name).title} {metric_named(name).arrow}".strip())
    rows, shown = [], []
    for place, rung in enumerate(rungs):
        values: list[Cell] = [len(rungs) - place, rung.sampler, rung.label]
        cells: list[Cell] = [Markup("{}<small>{}</small>").format(rung.sampler, _level(rung))]
        for name in order:
            _append(values, cells, rung.scores.get(name), rung.multiples.get(name, math.nan))
        if study.ranking:
            letters, mark = study.ranking.letter(rung.sampler), tie(study, rung.sampler)
            values += [letters, {BEST: "recommended", TIED: "tied"}.get(mark, "")]
            cells.append(Markup("{}<small>{}</small>").format(mark or "–", letters))
        for name in beside:
            reference = "train" if name.startswith("novelty") else judge.reference
            row = _found(study, name, reference, (rung.sampler, rung.label))
            unit = _found(study, name, reference, ("reconstruction", ""))
            _append(values, cells, row, row.value / unit.value if row and unit and unit.value else math.nan)
        rows.append(tuple(values))
        shown.append(tuple(cells))
    marked = frozenset(place for place, rung in enumerate(rungs) if rung.sampler in FIXED_ROWS)
    caption = "The ladder in numbers, the worst first; in small type: the multiple of the reconstruction row. "
    caption += _which(study, beside)
    if study.ranking:
        caption += f" Ties: {BEST} recommended, {TIED} not shown to be worse; in small type the letters of all."
    return Table("ladder", tuple(columns), tuple(rows), caption, tuple(headings), tuple(shown), marked)


def _which(study: ReportedStudy, beside: list[str]) -> str:
    others = [metric_named(name).title for name in beside if not name.startswith("novelty")]
    words = f"{' and '.join(others)}: against {study.judge.images}. " if others else ""
    return f"{words}Novelties: against training images." if len(others) < len(beside) else words.strip()


def _level(rung: Rung) -> str:
    return next(iter(rung.scores.values())).level


def _append(values: list[Cell], cells: list[Cell], row: Score | None, multiple: float) -> None:
    if row is None:
        values += ["", "", ""]
        cells.append("–")
        return
    values += [row.value, row.spread, multiple if math.isfinite(multiple) else ""]
    times = f"{short(multiple)} ×" if math.isfinite(multiple) else "–"
    cells.append(Markup("{}<small>{}</small>").format(with_spread(row.value, row.spread), times))


def _described(title: str, judge: Judge, rungs: list[Rung]) -> str:
    listed = "; ".join(
        f"{rung.name} {short(rung.multiples[judge.reference])}" for rung in rungs if judge.reference in rung.multiples
    )
    return f"Points on a scale of {title} in multiples of the reconstructions', against {judge.images}: {listed}."
