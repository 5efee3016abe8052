"""The nearest training points of drawn ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import correlated_points
from storage.rows import StoredRows
from tasks.sampling.neighbours import NeighbourIndex

POINTS, COMPONENTS, ASKED, K = 202_599, 256, 1000, 5


def prepare(folder: Path) -> Contest:
    known, asked = correlated_points(POINTS, COMPONENTS, 1), correlated_points(ASKED, COMPONENTS, 2)
    flat = faiss.IndexFlatL2(COMPONENTS)
    flat.add(known)
    index = NeighbourIndex(StoredRows(known))

    def agree(results: Mapping[str, Any]) -> None:
        # faiss computes in float32, so that near ties may change places.
        same = np.mean(results["ours"][0] == results["faiss flat"][1])
        assert same > 0.995, f"only {100 * same:.1f} % of the neighbours are the same"

    return Contest({"ours": lambda: index.nearest(asked, K), "faiss flat": lambda: flat.search(asked, K)}, agree)


ROW = Row(
    "neighbours",
    f"{K} nearest of {ASKED:,} points among {POINTS:,} × {COMPONENTS}",
    prepare,
    (Goal("faiss flat", 1 / 1.2),),
    turns=5,
    remark="ours gives distances in float64, ties in a fixed order",
)
