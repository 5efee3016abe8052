"""Which sampler is best: each at its best level, from the worst to the best, in multiples of reconstructions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from markupsafe import Markup

from tasks.assessment.tables import Score
from tasks.finished.metrics import metric_named
from tasks.finished.numbers import Numbers
from tasks.finished.scores import FIXED_ROWS, reference_words
from tasks.page.drawing import BLACK, BLUE, GREY, ORANGE, REAL, RECONSTRUCTION, Drawn, new_figure, picture
from tasks.page.finding import Finding
from tasks.page.section import Cell, Column, Prose, Section, Table, fold, section, table
from tasks.page.wording import probability, short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.planned import planned
from tasks.reporting.words import cautions, named, score_cells, score_columns

ORDER = 710
RANK = 5
BEST, TIED = "★", "≈"
"""Marks of the recommended sampler, and of what is not shown to be worse."""
TIES = {BEST: "recommended", TIED: "tied"}

TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class LadderRow:
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
    ladder_rows, beside = ladder(study), _beside(study)
    told = [part for name in study.scores.references for part in cautions(study, name, beside)] if ladder_rows else []
    return section(
        "ladder",
        "Which draw is best",
        Prose(_words(study)),
        _figure(study, ladder_rows) if ladder_rows else None,
        *told,
        fold("The ladder in numbers", _table(study, ladder_rows, beside) if ladder_rows else None),
        claims=study.claims("ladder", "correlations"),
    )


def ranking(numbers: Numbers) -> Finding | None:
    """How many pairs of samplers differ, and how many the lowest is told apart from."""
    found = numbers.ranking
    names = [name for name in found.names if name in numbers.scores.samplers] if found is not None else []
    if found is None or len(names) < 2:
        return None
    pairs = [(first, second) for place, first in enumerate(names) for second in names[place + 1 :]]
    ties = [pair for pair in pairs if found.tied(*pair)]
    differ = len(pairs) - len(ties)
    title = numbers.criterion.title
    if not ties:
        text = f"The order of all {len(names)} samplers by {title} is real: every pair differs by more than chance."
    elif differ:
        text = f"Of {len(pairs)} pairs of samplers {differ} differ in {title} by more than chance."
    else:
        text = f"No two of the {len(names)} samplers differ significantly in {title}."
    others = len(names) - 1
    told = others - sum(names[0] in pair for pair in ties)
    detail = f"The lowest, {names[0]}, differs significantly from {told} of the {others} others. " if ties else ""
    detail += (
        f"Each at its best level, t-tests on repeated draws with moderated variances, all pairs adjusted together "
        f"(Holm), level {found.significance:g}."
    )
    return Finding("ranking", "ladder", text, detail, decided=differ > 0)


FINDERS = (ranking,)


def ladder(study: ReportedStudy) -> list[LadderRow]:
    """Every sampler at its best level and the fixed rows, the worst first."""
    scores, criterion = study.scores, study.criterion
    best = [*scores.leaders(criterion), *(score for name in FIXED_ROWS if (score := scores.best(criterion, name)))]
    units = {name: _found(study, criterion.metric, name, ("reconstruction", "")) for name in scores.references}
    ladder_rows = []
    for score in sorted(best, key=lambda score: -score.value):
        line = score.sampler, score.label
        found = {name: row for name in units if (row := _found(study, criterion.metric, name, line))}
        multiples = {
            name: row.value / unit.value
            for name, row in found.items()
            if (unit := units[name]) is not None and unit.value > 0
        }
        copied = score.sampler not in FIXED_ROWS and study.numbers.copies(score)
        ladder_rows.append(LadderRow(*line, found, multiples, copied))
    return ladder_rows


def _beside(study: ReportedStudy) -> list[str]:
    """What the table shows beside the deciding metric."""
    measured = {row.metric for row in study.scores.rows} - {study.criterion.metric}
    return sorted((name for name in measured if metric_named(name).ladder), key=lambda name: metric_named(name).ladder)


def _found(study: ReportedStudy, metric: str, reference: str, line: tuple[str, str]) -> Score | None:
    sampler, label = line
    label_asked = None if sampler in FIXED_ROWS else label
    rows = study.scores.select(sampler, label_asked, metric, reference=reference)
    rows = [row for row in rows if row.features in (study.criterion.features, "pixels", "latent")]
    return next((row for row in rows if math.isfinite(row.value)), None)


def _words(study: ReportedStudy) -> Markup:
    network = study.feature_network
    kind = study.criterion.features or str(network.get("features", ""))
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
    rows = [row for row in study.scores.judged(study.criterion) if row.sampler not in FIXED_ROWS]
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
        f"Two rows are compared by t-tests on their draws, at the level {study.criterion.significance:g}. The ladder "
        f"compares all {ranking.pairs[1]} pairs of samplers and reconstructions, adjusted together; rows that share a "
        "letter in the column ties do not differ significantly."
    ]
    if len(asked) > 1:
        told.append(
            f"The {len(asked)} planned comparisons are adjusted only for one another, so they detect smaller "
            "differences than the ladder."
        )
    for step in asked.values():
        first, second = step.first.sampler, step.second.sampler
        draws = study.samples.get(first)
        base = str(draws.facts.get("base", "")) if draws is not None and first == second else second
        if step.decided and first != base and {first, base} <= set(ranking.names) and ranking.tied(first, base):
            same = f", which is a draw of {base}," if first == second else ""
            told.append(
                f"So {step.first.name} and {step.second.name}{same} differ in the planned comparison "
                f"({probability(step.probability)}), while {first} and {base} tie in the ladder."
            )
    return told


@picture
def _figure(study: ReportedStudy, ladder_rows: list[LadderRow]) -> Drawn:
    title = study.criterion.title
    references = [name for name in study.scores.references if any(name in entry.multiples for entry in ladder_rows)]
    figure = new_figure(0.3 * len(ladder_rows) + 1.1)
    axes = figure.subplots()
    axes.axvline(1, color=RECONSTRUCTION, linestyle="--", linewidth=1.4)
    for place, reference in enumerate(references):
        _points(axes, ladder_rows, reference, BLUE if place == 0 else ORANGE, place)
    _names(axes, study, ladder_rows)
    figure.legend(loc="outside upper right", ncols=2)
    caption = (
        f"Each sampler at its best level, the worst first: {title} as a multiple of the reconstruction row's, against "
        "either reference. Bars: the standard deviation over repeated draws."
    )
    if any(tie(study, entry.sampler) for entry in ladder_rows):
        caption += f" {BEST}: recommended; {TIED}: not significantly worse."
    if any(entry.copies for entry in ladder_rows):
        caption += " Open circles: the sampler copies training faces (low novelty)."
    deciding = study.criterion.reference
    listed = "; ".join(
        f"{entry.name} {short(entry.multiples[deciding])}" for entry in ladder_rows if deciding in entry.multiples
    )
    images = study.criterion.images
    alt = f"Points on a scale of {title} in multiples of the reconstructions', against {images}: {listed}."
    return Drawn("ladder", figure, caption, alt)


def _points(axes: Any, ladder_rows: list[LadderRow], reference: str, colour: str, place: int) -> None:
    look = {"fmt": "o", "markersize": 5.5, "color": colour, "elinewidth": 1.2, "capsize": 2}
    label: str | None = f"against {reference_words(reference)} images"
    for row, entry in enumerate(ladder_rows):
        multiple = entry.multiples.get(reference, 0)
        if multiple > 0:
            score = entry.scores[reference]
            spread = multiple * score.spread / score.value if math.isfinite(score.spread) and score.value > 0 else 0.0
            error, face = min(max(spread, 0.0), 0.95 * multiple), "white" if entry.copies else colour
            height = row + (0.13 if place else -0.13)
            axes.errorbar(multiple, height, xerr=error, markerfacecolor=face, label=label, **look)
            label = None


def tie(study: ReportedStudy, sampler: str) -> str:
    """The mark of the recommended sampler, and of those that are not shown to be worse; empty for all others."""
    answer, ranking = study.answer, study.ranking
    best = answer.pick[0] if answer is not None and answer.pick is not None else ""
    if ranking is None or not {best, sampler} <= set(ranking.names):
        return ""
    return BEST if sampler == best else TIED if ranking.tied(sampler, best) else ""


def _names(axes: Any, study: ReportedStudy, ladder_rows: list[LadderRow]) -> None:
    fixed = {"real": REAL, "reconstruction": RECONSTRUCTION}
    axes.set_yticks(
        range(len(ladder_rows)), [f"{entry.name}  {tie(study, entry.sampler)}".rstrip() for entry in ladder_rows]
    )
    for text, entry in zip(axes.get_yticklabels(), ladder_rows, strict=True):
        text.set_color(fixed.get(entry.sampler, GREY if entry.copies else BLACK))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    values = [value for entry in ladder_rows for value in entry.multiples.values() if value > 0]
    if values and max(values) > 5 * min(values):
        axes.set_xscale("log")
        low, high = min(values), max(values)
        ticks = [tick for tick in TICKS if low / 2 < tick < 2 * high]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    axes.set_xlabel(f"{study.criterion.title} / that of reconstructions (lower is better)")


def _table(study: ReportedStudy, ladder_rows: list[LadderRow], beside: list[str]) -> Table:
    criterion, ranking = study.criterion, study.ranking
    first = Column("rank", shown=None), Column("sampler", shown=named, takes=2), Column("label", shown=None)
    # Columns and their cells in every row, group by group from the left.
    groups: list[tuple[Sequence[Column], list[tuple[Cell, ...]]]] = [
        (first, [(len(ladder_rows) - place, entry.sampler, entry.label) for place, entry in enumerate(ladder_rows)])
    ]
    for name in sorted(study.scores.references, key=lambda name: name != criterion.reference):
        heading = f"{criterion.title} ({reference_words(name)})"
        columns = score_columns(f"{criterion.metric}_{name}", heading, "multiple")
        groups.append((columns, _cells(study, ladder_rows, criterion.metric, name)))
    if ranking:
        ties: list[tuple[Cell, ...]] = [
            (ranking.letter(entry.sampler), TIES.get(tie(study, entry.sampler), "")) for entry in ladder_rows
        ]
        groups.append(((Column("ties", shown=_tied, takes=2), Column("beside_best", shown=None)), ties))
    for name in beside:
        columns = score_columns(name, metric_named(name).heading, "multiple")
        groups.append((columns, _cells(study, ladder_rows, name, metric_named(name).reference or criterion.reference)))
    caption = "The ladder in numbers, the worst first; in small type: the multiple of the reconstruction row. "
    caption += _which(study, beside)
    if ranking:
        caption += f" Ties: {BEST} recommended, {TIED} not significantly worse; in small type the letters of all rows."
    rows = [tuple(chain(*parts)) for parts in zip(*(cells for _, cells in groups), strict=True)]
    fixed = [place for place, entry in enumerate(ladder_rows) if entry.sampler in FIXED_ROWS]
    return table("ladder", [column for columns, _ in groups for column in columns], rows, caption, fixed)


def _tied(letters: str, word: str) -> Markup:
    mark = next((mark for mark, known in TIES.items() if known == word), "–")
    return Markup("{}<small>{}</small>").format(mark, letters)


def _cells(study: ReportedStudy, ladder_rows: list[LadderRow], metric: str, reference: str) -> list[tuple[Cell, ...]]:
    """The cells of ``score_columns`` in every row."""
    unit = _found(study, metric, reference, ("reconstruction", ""))
    # A multiple of nothing or less would order the rows wrongly.
    known = unit.value if unit is not None and (unit.value > 0 or metric != study.criterion.metric) else None
    return [score_cells(_found(study, metric, reference, (entry.sampler, entry.label)), known) for entry in ladder_rows]


def _which(study: ReportedStudy, beside: list[str]) -> str:
    others = [metric_named(name).title for name in beside if not metric_named(name).reference]
    words = f"{' and '.join(others)}: against {study.criterion.images}. " if others else ""
    return f"{words}Novelties: against training images." if len(others) < len(beside) else words.strip()
