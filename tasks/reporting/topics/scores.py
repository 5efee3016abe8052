"""All scores: a table for each reference, with spreads and multiples of the reconstruction row."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

from markupsafe import Markup

from tasks.assessment.tables import COLUMNS, Score, level_words
from tasks.finished.cautions import decides
from tasks.finished.densities import rank_correlation
from tasks.finished.metrics import by_order, is_level, metric_named
from tasks.finished.numbers import Numbers
from tasks.finished.scores import FIXED_ROWS, ScoreTable, reference_words
from tasks.finished.verdict import DISTANCE, Judged
from tasks.page.finding import Finding
from tasks.page.section import Block, Cell, Column, Fold, Section, Table, fold, section, table
from tasks.page.wording import short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.quality import SECOND
from tasks.reporting.words import cautions, named, score_cells, score_columns

ORDER = 740
RANK = 19
Line = tuple[str, str]
"""A row of a table: sampler and label."""

AGREES = 0.9
"""Rank correlation from which on two metrics are said to agree."""

TURNED = 5
"""Pairs that are named at most."""

Measure = tuple[str, str]
"""A metric and the features in which it was taken."""

MORE = "The same rows: fidelity (precision, density), variety (recall, coverage), and what decoding does."

SHOWN = {"train": "held-out", "heldout": "training"}
"""Of each reference: which images its two fixed rows show."""


def build(study: ReportedStudy) -> Section | None:
    """Each sampler at its level of the ladder, all levels and the long form folded away."""
    if not study.scores.rows:
        return None
    blocks = [block for reference in study.scores.references for block in _tables(study, reference)]
    return section("scores", "All scores", *blocks, _everything(study), claims=study.claims("scores"))


def agreement(numbers: Numbers) -> Finding | None:
    """Whether the sliced Wasserstein distance, which needs no network, orders the samplers alike, and where not."""
    verdict, reference = numbers.verdict, numbers.criterion.reference
    found: list[tuple[Judged, float]] = []
    for row in verdict.leaders:
        rows = numbers.scores.select(row.sampler, row.label, SECOND, reference=reference)
        found += [(row, score.value) for score in rows[:1] if math.isfinite(score.value + row.distance.value)]
    if len(found) < 5:
        return None
    order = rank_correlation([row.distance.value for row, _ in found], [value for _, value in found])
    allowed = [one for one in found if one[0] in verdict.candidates] or found
    first, second = allowed[0][0], min(allowed, key=lambda one: one[1])[0]
    title = metric_named(SECOND).title
    # The rows are in the order of the distance: the first of a pair is the closer one.
    apart = [pair for pair in combinations(found, 2) if not pair[0][0].distance.overlaps(pair[1][0].distance)]
    turned = [f"{one.sampler} before {other.sampler}" for (other, low), (one, high) in apart if high < low]
    if first != second:
        text = f"A second opinion differs: by {title}, which needs no network, {second.name} comes closest."
    elif order >= AGREES:
        text = (
            f"A second opinion agrees: {title}, which needs no network, orders the samplers nearly as {DISTANCE} does."
        )
    elif order >= 0.4:
        text = (
            f"A second opinion agrees in part: {title} has the same closest sampler as {DISTANCE}, but another order."
        )
    else:
        text = f"{title} and {DISTANCE} do not agree on the order of the samplers: take the ladder with caution."
    detail = f"Rank correlation {order:.2f} over {len(found)} samplers at the levels of the ladder. "
    detail += f"Of {len(apart)} pairs that {DISTANCE} tells apart {title} orders {len(turned) or 'none'} the other way"
    shown = turned if len(turned) <= TURNED else [*turned[: TURNED - 1], f"{len(turned) - TURNED + 1} more"]
    detail += f": {', '.join(shown)}." if turned else "."
    return Finding("agreement", "scores", text, detail, decided=first == second and order >= AGREES)


FINDERS = (agreement,)


def columns_of(scores: ScoreTable, reference: str) -> list[Measure]:
    """What was measured against ``reference``, in the metrics' order."""
    rows = scores.select(reference=reference)
    return [
        (metric, features)
        for metric in by_order({row.metric for row in rows})
        for features in sorted({row.features for row in rows if row.metric == metric})
    ]


def _tables(study: ReportedStudy, reference: str) -> Iterator[Block | None]:
    scores = study.scores
    rows, measures = scores.select(reference=reference), columns_of(scores, reference)
    found = {(row.sampler, row.label, row.metric, row.features): row for row in rows}
    order = {name: place for place, name in enumerate((*FIXED_ROWS, *study.samples))}
    lines = sorted(
        dict.fromkeys((row.sampler, row.label) for row in rows), key=lambda line: order.get(line[0], len(order))
    )
    best = {(row.sampler, row.label) for row in study.verdict.leaders}
    kept = [line for line in lines if line in best or line[0] in FIXED_ROWS]
    name = reference_words(reference)
    caption = (
        f"Against {name} images: every sampler at its level of the ladder. The rows real and reconstruction show "
        f"{SHOWN.get(reference, 'other')} images. In small type: the multiple of the reconstruction row."
    )
    shown = [one for one in measures if not is_level(one[0]) and decides(study, one[1])]
    whole, aspects = ([one for one in shown if metric_named(one[0]).aspect == aspect] for aspect in (False, True))
    yield from cautions(study, reference)
    yield fold(
        f"Against {name} images: every sampler at its level of the ladder",
        _table(f"best-{reference}", kept, whole, found, caption) if whole else None,
        _table(f"best-shares-{reference}", kept, aspects, found, MORE) if aspects else None,
    )
    yield fold(
        f"Against {name} images: all {_counted(lines)}, every metric and feature network",
        _table(f"scores-{reference}", lines, measures, found),
    )


def _counted(lines: list[Line]) -> str:
    """How many rows there are, and of what."""
    fixed = sum(sampler in FIXED_ROWS for sampler, _ in lines)
    levels = f"{len(lines) - fixed} levels of {len({name for name, _ in lines} - set(FIXED_ROWS))} samplers"
    return f"{len(lines)} rows ({levels}, {fixed} of real images and reconstructions)" if fixed else levels


def _table(
    name: str,
    lines: list[Line],
    measures: list[Measure],
    found: dict[tuple[str, str, str, str], Score],
    caption: str = "",
) -> Table:
    """A row for every line, with every measure in all spaces in which it was taken."""
    metrics = [metric for metric, _ in measures]
    columns = [Column("sampler", shown=_name, takes=2), Column("label", shown=None)]
    for metric, features in measures:
        several = metrics.count(metric) > 1
        heading = metric_named(metric).heading + (f" ({features})" if several else "")
        columns += score_columns(f"{metric}_{features}" if several else metric, heading, "per_reconstruction")
    units = {key[2:]: row.value for key, row in reversed(found.items()) if key[0] == "reconstruction"}
    rows: list[list[Cell]] = []
    for line in lines:
        cells = [score_cells(found.get((*line, *one)), units.get(one), unknown=math.nan) for one in measures]
        rows.append([*line, *(value for three in cells for value in three)])
    fixed = [place for place, (sampler, _) in enumerate(lines) if sampler in FIXED_ROWS]
    return table(name, columns, rows, caption, fixed)


def _name(sampler: str, label: str) -> Markup:
    return named(sampler, label) if level_words(label) else Markup("{}").format(sampler)


def _everything(study: ReportedStudy) -> Fold | None:
    rows = [tuple(getattr(score, name) for name in COLUMNS) for score in study.scores.rows]
    columns = [Column(name, shown=short if name in ("value", "spread") else _as_it_is) for name in COLUMNS]
    return fold(f"Every score in long form: {len(rows):,} rows", table("scores", columns, rows))


def _as_it_is(cell: Cell) -> Cell:
    return cell
