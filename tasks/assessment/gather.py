"""One table of all scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tasks.assessment.rows import FIXED_ROWS, read_scores, write_scores


def gather_scores(parts: list[Path], out: Path) -> dict[str, Any]:
    """Write the rows of every part's ``scores.csv``, in the order of ``parts``, to ``out/scores.csv``.

    Raises ``ValueError`` if rows were measured on different numbers of images, or in different features: they could
    not be compared.
    """
    rows = [row for part in parts for row in read_scores(part / "scores.csv")]
    if len({row.n for row in rows}) > 1:
        raise ValueError(f"scores with different n cannot share a table: {sorted({row.n for row in rows})}")
    for metric in {row.metric for row in rows}:
        features = {row.features for row in rows if row.metric == metric}
        if len(features) > 1:
            raise ValueError(f"{metric} was measured in different features: {', '.join(sorted(features))}")
    write_scores(out / "scores.csv", rows)
    return {"rows": len(rows), "samplers": len({row.sampler for row in rows} - set(FIXED_ROWS))}
