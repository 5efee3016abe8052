"""Moments, histograms, covariance, correlation and distances of as many points as CelebA has images."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import scipy.linalg.blas
from sklearn.decomposition import PCA

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import CORES, latents
from storage.arrays import open_complete, open_for_writing, read_array
from tasks.compute.cluster.threads import Threads
from tasks.statistics.analyse import measure_of
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core_fit import undefined_core
from tasks.statistics.covariance import correlation, invert
from tasks.statistics.points import open_points
from tasks.statistics.streaming import Work, first_pass, second_pass

POINTS, COMPONENTS = 202_599, 256
BINS = 200


def prepare(folder: Path) -> Contest:
    dataset, points = latents(folder, POINTS, COMPONENTS)
    array = points / "latents.zarr" / "z"
    in_memory = read_array(open_complete(points / "latents.zarr"), "z")
    train = in_memory[read_array(open_complete(dataset / "images.zarr"), "partition") == 0]
    config = AnalyseConfig()

    def ours(everything: bool) -> np.ndarray:
        with tempfile.TemporaryDirectory() as temporary:
            out, workers = Path(temporary), Threads(CORES)
            work = Work(open_points(dataset, points), config, out, lambda *call: None, 0)
            first = first_pass(work, workers)
            if everything:
                measure = measure_of(work.points, first.train, invert(first.train), undefined_core("not timed"), config)
                second_pass(work, workers, measure, open_for_writing(out / "statistics.zarr"))
        return correlation(first.train.covariance(), first.train.varies)

    def numpy_in_memory() -> np.ndarray:
        for column in in_memory.T:
            np.histogram(column, bins=BINS)
        return np.corrcoef(in_memory, rowvar=False)

    def dask_array() -> np.ndarray:
        z = dask.array.from_zarr(str(array)).astype(np.float64)
        return dask.array.corrcoef(z, rowvar=False).compute(scheduler="threads", num_workers=CORES)

    def pca() -> None:
        PCA(COMPONENTS, svd_solver="covariance_eigh").fit(in_memory.astype(np.float64))

    def reading_and_syrk() -> np.ndarray:
        z = read_array(open_complete(points / "latents.zarr"), "z")
        return scipy.linalg.blas.ssyrk(1.0, z, trans=1)

    def agree(results: Mapping[str, Any]) -> None:
        exact = np.corrcoef(train.astype(np.float64), rowvar=False)
        for name in ("ours", "correlation alone"):
            np.testing.assert_allclose(results[name], exact, atol=1e-10)
        np.testing.assert_allclose(results["dask.array, correlation"], results["numpy in memory"], atol=1e-5)

    return Contest(
        {
            "ours": lambda: ours(True),
            "correlation alone": lambda: ours(False),
            "numpy in memory": numpy_in_memory,
            "dask.array, correlation": dask_array,
            "scikit-learn's PCA": pca,
            "limit": reading_and_syrk,
        },
        agree,
    )


ROW = Row(
    "statistics from Zarr",
    f"{POINTS:,} × {COMPONENTS} points",
    prepare,
    (
        Goal("numpy in memory", 1.0),
        Goal("dask.array, correlation", 1.5, "correlation alone"),
        Goal("scikit-learn's PCA", 1.0, "correlation alone"),
        Goal("limit", 0.25),
    ),
    turns=5,
    remark="numpy: `corrcoef` and a loop of `histogram`, no distances; limit: reading the Zarr and one syrk in float32",
)
