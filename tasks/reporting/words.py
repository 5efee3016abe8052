"""Judged numbers and scores in bars and cells, and what must be known of them, wherever the report shows them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from markupsafe import Markup

from tasks.assessment.tables import AtLevel, Score, level_words
from tasks.finished.cautions import cautions as said
from tasks.finished.estimates import Estimate, share_words
from tasks.finished.scores import reference_words
from tasks.finished.study import Study
from tasks.finished.verdict import DISTANCE, Judged, Verdict
from tasks.page.finding import Evidence
from tasks.page.section import Cell, Column, Prose, caution
from tasks.page.wording import listed, short, with_interval, with_spread

UNIT = f"{DISTANCE} from training reconstructions, with 95 % intervals; lower is better"
"""What bars of judged distances show."""


def bar(label: str, found: Estimate, text: str = "") -> Evidence:
    """A bar with its interval; a value below 0, which a debiased distance may have, ends at 0."""
    return Evidence(label, max(0.0, found.value), (found.high - found.low) / 2, text or with_interval(*found))


def distances(*rows: Judged) -> tuple[Evidence, ...]:
    """A bar with its interval for the distance of each of ``rows``."""
    return tuple(bar(row.name, row.distance) for row in rows if math.isfinite(row.distance.value))


def rough(value: float) -> str:
    """A number without an interval, in two digits."""
    return f"{value:.2g}".replace("-", "−")


def limit(found: float) -> str:
    """A share that was set, as one writes it: ``5 %``."""
    return f"{100 * found:g} %"


def excess(verdict: Verdict, row: Judged) -> list[str]:
    """By which shares a sampler is excluded, as one writes them; empty for a candidate."""
    broken = [f"{share_words(row.broken)} of its faces are broken"] if verdict.breaks(row) else []
    return broken + ([f"{share_words(row.copied)} of its faces are copies"] if verdict.copies(row) else [])


def names(rows: Sequence[AtLevel], most: int = 4) -> str:
    """Rows as one lists them by their samplers, and how many more there are."""
    shown = [row.sampler for row in rows[: most if len(rows) <= most else most - 1]]
    return listed([*shown, *([f"{len(rows) - len(shown)} others"] if len(rows) > len(shown) else [])])


def evidence(*scores: Score) -> tuple[Evidence, ...]:
    """A bar for each score."""
    return tuple(Evidence(score.name, score.value, score.spread) for score in scores)


def named(sampler: Cell, label: Cell) -> Markup:
    """A sampler with its level in small type."""
    return Markup("{}<small>{}</small>").format(sampler, level_words(str(label)))


def times(multiple: Cell) -> str:
    """A multiple as one writes it; a dash where there is none."""
    return f"{short(multiple)} ×" if isinstance(multiple, float) and math.isfinite(multiple) else "–"


def _measured(value: Cell, spread: Cell, multiple: Cell) -> Markup:
    if not isinstance(value, float) or not isinstance(spread, float) or not math.isfinite(value):
        return Markup("–")
    return Markup("{}<small>{}</small>").format(with_spread(value, spread), times(multiple))


def score_columns(stem: str, heading: str, multiple: str) -> tuple[Column, ...]:
    """Columns of a score, its spread and its multiple of the reconstruction row, in one on the page.

    ``multiple``: what follows the stem in the name of the last.
    """
    return (
        Column(stem, heading, _measured, takes=3),
        Column(f"{stem}_spread", shown=None),
        Column(f"{stem}_{multiple}", shown=None),
    )


def score_cells(row: Score | None, unit: float | None, unknown: Cell = "") -> tuple[Cell, Cell, Cell]:
    """The values of ``score_columns``; ``unit``: of the reconstruction row; ``unknown``: a multiple of nothing."""
    if row is None:
        return "", "", ""
    multiple = row.value / unit if unit else math.nan
    return row.value, row.spread, multiple if math.isfinite(multiple) else unknown


def cautions(study: Study, reference: str, metrics: Collection[str] = ()) -> list[Prose]:
    """What must be known of ``metrics``, or of all, against ``reference``; those with the same to say together."""
    images = f"against {reference_words(reference)} images"
    return [caution(titles, images, text) for text, titles in said(study, reference, metrics).items()]
