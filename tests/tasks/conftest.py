"""Artifacts with chosen latents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from storage.arrays import create_array, open_for_writing, write_array


class Artifacts(NamedTuple):
    dataset: Path
    latents: Path


MakeArtifacts = Callable[..., Artifacts]


@pytest.fixture(scope="session")
def make_artifacts(tmp_path_factory: pytest.TempPathFactory) -> MakeArtifacts:
    def make(z: np.ndarray, partition: np.ndarray | None = None, chunk_rows: int | None = None) -> Artifacts:
        folder = tmp_path_factory.mktemp("artifacts")
        if partition is None:
            partition = np.zeros(len(z))
        images = open_for_writing(folder / "dataset" / "images.zarr")
        write_array(images, "partition", partition.astype(np.int8), ("image",))
        write_array(images, "name", np.array([f"{i:06d}.jpg" for i in range(len(partition))]), ("image",))
        latents = open_for_writing(folder / "latents" / "latents.zarr")
        chunks = (chunk_rows, z.shape[1]) if chunk_rows else None
        create_array(latents, "z", z.shape, np.float32, ("image", "component"), chunks)[...] = z.astype(np.float32)
        return Artifacts(folder / "dataset", folder / "latents")

    return make


@pytest.fixture(scope="session")
def cloud() -> tuple[np.ndarray, np.ndarray]:
    """2,611 correlated, heavy-tailed, off-centre points (n, 12) float32 and their mixed partition."""
    rng = np.random.default_rng(5)
    mixing = rng.standard_normal((12, 12)) + 2 * np.eye(12)
    tails = np.sqrt(6 / rng.chisquare(6, (2611, 1)))
    z = rng.standard_normal((2611, 12)) @ mixing * tails + rng.uniform(-30, 30, 12)
    return z.astype(np.float32), rng.choice([0, 1, 2], 2611, p=[0.8, 0.1, 0.1])
