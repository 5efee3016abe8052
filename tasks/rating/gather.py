"""One table of all samplers' ratings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from storage.files import read_json, write_json
from tasks.assessment.tables import COLUMNS, DRAW_COLUMNS, DRAWS, JUDGED, SCORES, Score, read_draws, write_table
from tasks.rating.config import TRAINING
from tasks.rating.rate import TRUTH


def gather_ratings(parts: list[Path], training: Path, out: Path) -> dict[str, Any]:
    """Write ``scores.csv`` of the stored draws, ``judged_draws.csv`` of the fresh ones, and ``truth.json``.

    parts: a folder per sampler; training: that of the fixed row, which comes first.
    """
    stored = [row for part in parts for row in read_draws(part / DRAWS)]
    # One draw each: there is no spread.
    scores = [
        Score(row.sampler, row.label, row.metric, row.features, row.reference, row.value, n=row.n, seed=row.seed)
        for row in stored
    ]
    write_table(out / SCORES, COLUMNS, scores)
    fresh = [row for part in (training, *parts) for row in read_draws(part / JUDGED)]
    write_table(out / JUDGED, DRAW_COLUMNS, fresh)
    write_json(out / TRUTH, read_json(training / TRUTH))
    return {"rows": len(stored), "samplers": len({row.sampler for row in fresh} - {TRAINING})}
