"""All scores: a table for each reference, with spreads and multiples of the reconstruction row."""

from __future__ import annotations

import math
from dataclasses import replace

from markupsafe import Markup

from tasks.assessment.tables import COLUMNS, Score, level_words
from tasks.finished.cautions import decides
from tasks.finished.metrics import by_order, is_level, metric_named
from tasks.finished.scores import FIXED_ROWS, ScoreTable
from tasks.page.section import Block, Cell, Fold, Section, Table
from tasks.page.wording import short, with_spread
from tasks.reporting.cautions import cautions
from tasks.reporting.study import ReportedStudy

ORDER = 740
Line = tuple[str, str]
"""A row of a table: sampler and label."""

SHARES = ("precision", "recall", "density", "coverage", "sharpness", "reencoding")
"""Metrics that go into a second table: all of them in one would be too wide for the page."""

MORE = "The same rows: fidelity (precision, density), variety (recall, coverage), and what decoding does."

NAMES = {"train": ("training", "held-out"), "heldout": ("held-out", "training")}
"""Of each reference: what it is called, and which images its two fixed rows show."""


def build(study: ReportedStudy) -> Section | None:
    """The best level of each sampler in sight, all levels and the long form folded away."""
    if not study.scores.rows:
        return None
    blocks: list[Block] = []
    for reference in study.scores.references:
        blocks += _tables(study, reference)
    return Section("scores", "All scores", (*blocks, _everything(study)), study.claims("scores"))


def columns_of(scores: ScoreTable, reference: str) -> list[tuple[str, str]]:
    """(metric, features) of the scores against ``reference``, in the metrics' order."""
    rows = scores.select(reference=reference)
    return [
        (metric, features)
        for metric in by_order({row.metric for row in rows})
        for features in sorted({row.features for row in rows if row.metric == metric})
    ]


def _tables(study: ReportedStudy, reference: str) -> list[Block]:
    scores = study.scores
    rows = scores.select(reference=reference)
    columns = columns_of(scores, reference)
    found = {(row.sampler, row.label, row.metric, row.features): row for row in rows}
    lines = list(dict.fromkeys((row.sampler, row.label) for row in rows))
    order = {name: place for place, name in enumerate((*FIXED_ROWS, *study.samples))}
    lines.sort(key=lambda line: order.get(line[0], len(order)))
    best = {(score.sampler, score.label) for name in scores.samplers if (score := scores.best(study.judge, name))}
    kept = [line for line in lines if line in best or line[0] in FIXED_ROWS]
    name, fixed = NAMES.get(reference, (reference, "other"))
    caption = (
        f"Against {name} images: every sampler at its best level. The rows real and reconstruction show {fixed} "
        "images. In small type: the multiple of the reconstruction row."
    )
    shown = [column for column in columns if not is_level(column[0]) and decides(study, column[1])]
    halves = [[column for column in shown if (column[0] in SHARES) == inside] for inside in (False, True)]
    blocks: list[Block] = [
        replace(_table(f"{stem}-{reference}", kept, half, found), caption=caption if place == 0 else more)
        for place, (stem, half, more) in enumerate(zip(("best", "best-shares"), halves, ("", MORE), strict=True))
        if half
    ]
    whole = Fold(
        f"Against {name} images: all {_counted(lines)}, every metric and feature network",
        (_table(f"scores-{reference}", lines, columns, found),),
    )
    return [
        *cautions(study, reference),
        Fold(f"Against {name} images: every sampler at its best level", tuple(blocks)),
        whole,
    ]


def _counted(lines: list[Line]) -> str:
    """How many rows there are, and of what."""
    fixed = sum(sampler in FIXED_ROWS for sampler, _ in lines)
    levels = f"{len(lines) - fixed} levels of {len({name for name, _ in lines} - set(FIXED_ROWS))} samplers"
    return f"{len(lines)} rows ({levels}, {fixed} of real images and reconstructions)" if fixed else levels


def _table(
    name: str,
    lines: list[Line],
    columns: list[tuple[str, str]],
    found: dict[tuple[str, str, str, str], Score],
) -> Table:
    several = {metric for metric, _ in columns if sum(other == metric for other, _ in columns) > 1}
    headings, keys = ["sampler"], ["sampler", "label"]
    for metric, features in columns:
        known = metric_named(metric)
        headings.append(f"{known.title} {known.arrow}".strip() + (f" ({features})" if metric in several else ""))
        stem = f"{metric}_{features}" if metric in several else metric
        keys += [stem, f"{stem}_spread", f"{stem}_per_reconstruction"]
    floor = {
        (metric, features): next(
            (row.value for key, row in found.items() if key[0] == "reconstruction" and key[2:] == (metric, features)),
            math.nan,
        )
        for metric, features in columns
    }
    rows, shown = [], []
    for sampler, label in lines:
        values: list[Cell] = [sampler, label]
        cells: list[Cell] = [_name(sampler, label)]
        for column in columns:
            row = found.get((sampler, label, *column))
            ratio = row.value / floor[column] if row and floor[column] else math.nan
            values += [row.value, row.spread, ratio] if row else ["", "", ""]
            cells.append(_cell(row, ratio))
        rows.append(tuple(values))
        shown.append(tuple(cells))
    marked = frozenset(place for place, (sampler, _) in enumerate(lines) if sampler in FIXED_ROWS)
    return Table(name, tuple(keys), tuple(rows), "", tuple(headings), tuple(shown), marked)


def _name(sampler: str, label: str) -> Markup:
    level = level_words(label)
    return Markup("{}<small>{}</small>").format(sampler, level) if level else Markup("{}").format(sampler)


def _cell(row: Score | None, ratio: float) -> Markup:
    if row is None or not math.isfinite(row.value):
        return Markup("–")
    times = f"{short(ratio)} ×" if math.isfinite(ratio) else "–"
    return Markup("{}<small>{}</small>").format(with_spread(row.value, row.spread), times)


def _everything(study: ReportedStudy) -> Fold:
    rows = tuple(tuple(getattr(score, name) for name in COLUMNS) for score in study.scores.rows)
    shown = tuple((*row[:5], short(float(row[5])), short(float(row[6])), *row[7:]) for row in rows)
    return Fold(f"Every score in long form: {len(rows):,} rows", (Table("scores", COLUMNS, rows, "", None, shown),))
