from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.arrays import finish, open_for_writing, write_array
from storage.rows import StoredRows
from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.sampling.points import Points


def statistics_of(z: np.ndarray) -> dict[str, np.ndarray]:
    """Statistics by NumPy; centre and half-width are those of a normal distribution."""
    z = z.astype(np.float64)
    covariance = np.atleast_2d(np.cov(z.T))
    std = np.sqrt(np.diag(covariance))
    return {
        "mean": z.mean(0),
        "covariance": covariance,
        "precision": np.linalg.pinv(covariance),
        "centre": np.median(z, 0),
        "half_width": np.sqrt(2 * np.log(2)) * std,
    }


@pytest.fixture
def points_of() -> Callable[[np.ndarray], Points]:
    """Make ``Points`` of an array (n, d), each training point every third image of a data set."""

    def make(z: np.ndarray) -> Points:
        z = np.asarray(z, np.float32)
        return Points(StoredRows(z), np.arange(len(z), dtype=np.int64) * 3, statistics_of(z))

    return make


@pytest.fixture
def correlated(points_of: Callable[[np.ndarray], Points]) -> Points:
    """400 off-centre, skewed and correlated points with four components."""
    rng = np.random.default_rng(7)
    mixing = np.array([[2.0, 0, 0, 0], [1.5, 1, 0, 0], [0, -1, 0.5, 0], [0.3, 0.2, 0.4, 3]])
    return points_of(rng.gamma(2.0, 1.0, (400, 4)) @ mixing.T + [10, -3, 0, 1])


@pytest.fixture
def assert_mean() -> Callable[[np.ndarray, Any], None]:
    """Assert that the mean of independent rows is within five standard errors of what is expected."""

    def check(rows: np.ndarray, expected: Any) -> None:
        rows = np.asarray(rows, np.float64)
        error = rows.std(0, ddof=1) / np.sqrt(len(rows))
        assert np.all(np.abs(rows.mean(0) - expected) <= 5 * error + 1e-6)

    return check


@pytest.fixture
def assert_covariance(assert_mean: Callable[[np.ndarray, Any], None]) -> Callable[..., None]:
    """Assert that independent rows (n, d) have the mean and covariance expected, within standard errors."""

    def check(z: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> None:
        assert_mean(z, mean)
        offset = z - np.asarray(mean)
        assert_mean(offset[:, :, None] * offset[:, None, :], covariance)

    return check


@pytest.fixture
def study(tmp_path: Path) -> dict[str, Path]:
    """Finished artifacts of a tiny study: 60 images (40 of training) of 32×32, three components."""
    rng = np.random.default_rng(3)
    folders = {name: tmp_path / name for name in ("dataset", "model", "latents", "statistics")}
    partition = rng.permutation(np.repeat([0, 1, 2], [40, 10, 10])).astype(np.int8)
    z = (rng.standard_normal((60, 3)) @ [[1, 0.5, 0], [0, 1, 0.5], [0, 0, 1]] + [1, 0, -2]).astype(np.float32)
    arrays = {
        "dataset": {"image": (rng.integers(0, 256, (60, 32, 32, 3), np.uint8), "image y x channel")},
        "latents": {"z": (z, "image component")},
        "statistics": {},
    }
    arrays["dataset"]["partition"] = (partition, "image")
    for name, values in statistics_of(z[partition == 0]).items():
        arrays["statistics"][name] = (values, "component other_component" if values.ndim == 2 else "component")
    for artifact, content in arrays.items():
        path = folders[artifact] / f"{'images' if artifact == 'dataset' else artifact}.zarr"
        group = open_for_writing(path)
        for name, (values, dimensions) in content.items():
            write_array(group, name, values, dimensions.split())
        finish(path)
    config = AutoencoderConfig(image_size=32, channels=(4, 8), latent_dim=3)
    save_config(config, folders["model"])
    save_weights(Autoencoder(config, seed=5), folders["model"], "best")
    return folders
