"""What the rows of the table work on; made once in a folder, found there by the processes that come after."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zarr

from storage.arrays import create_array, finish, open_complete, open_for_writing, read_array, write_array
from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.encoding.config import EncodeConfig
from tasks.encoding.encode import encode
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.ingest import ingest
from tasks.synthesis.synthesize import synthesize
from tasks.training.config import TrainConfig
from tasks.training.train import train

CORES = 2
SIZE = 64
NETWORK = AutoencoderConfig(image_size=SIZE, channels=(32, 64, 128, 256), latent_dim=256)
HELD_OUT = 40


def faces(folder: Path, count: int = 3000) -> Path:
    """JPEGs of 178×218 in CelebA's layout."""
    out = folder / f"faces-{count}"
    if not out.exists():
        partial = folder / f"faces-{count}.partial"
        synthesize(partial, count, 0, CORES)
        partial.rename(out)
    return out


def dataset(folder: Path, count: int) -> Path:
    """``count`` of the faces as 64×64 images, all but ``HELD_OUT`` of them for training."""
    out = folder / f"dataset-{count}"
    if out.exists():
        return out
    partial = folder / f"dataset-{count}.partial"
    ingest(faces(folder), IngestConfig(image_size=SIZE), folder / "ingested")
    images = read_images(folder / "ingested")[:count]
    assert len(images) == count, f"{count} images of {len(images)} faces"
    group = open_for_writing(partial / "images.zarr")
    write_array(group, "image", images, ("image", "y", "x", "channel"))
    write_array(group, "partition", (np.arange(count) >= count - HELD_OUT).astype(np.int8), ("image",))
    write_array(group, "name", [f"{number:06d}.jpg" for number in range(count)], ("image",))
    finish(partial / "images.zarr")
    partial.rename(out)
    return out


def read_images(dataset: Path) -> np.ndarray:
    """All images of a data set, (n, S, S, 3) uint8."""
    array = open_complete(dataset / "images.zarr")["image"]
    assert isinstance(array, zarr.Array)
    return np.asarray(array[...])


def model(folder: Path) -> Path:
    """An autoencoder with its first weights: how fast it is does not depend on what it has learnt."""
    out = folder / "model"
    if not out.exists():
        out.mkdir()
        save_config(NETWORK, out)
        save_weights(Autoencoder(NETWORK, seed=0), out, "best")
    return out


def face_points(folder: Path, count: int) -> np.ndarray:
    """Latent points of ``count`` faces, (count, 256) float32: what a small network makes of them after an epoch."""
    out = folder / f"face-points-{count}"
    if not out.exists():
        partial, images, weights = (folder / f"{name}-{count}" for name in ("partial", "trained-on", "trained"))
        ingest(faces(folder, count), IngestConfig(image_size=SIZE), images)
        train(images, TrainConfig(channels=(16, 32, 64, 128), latent_dim=256, epochs=1), weights)
        encode(images, weights, EncodeConfig(), partial)
        partial.rename(out)
    return read_array(open_complete(out / "latents.zarr"), "z")


def correlated_points(count: int, components: int, seed: int) -> np.ndarray:
    """Normal points whose components depend on each other, (count, components) float32."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(0).standard_normal((components, components)).astype(np.float32)
    mixing *= np.linspace(1, 0.1, components, dtype=np.float32)[:, None]
    return rng.standard_normal((count, components), dtype=np.float32) @ mixing + 1


def latents(folder: Path, count: int, components: int) -> tuple[Path, Path]:
    """A data set without pixels and its points, every tenth held out."""
    images, points = folder / f"points-{count}-dataset", folder / f"points-{count}-latents"
    if not points.exists():
        group = open_for_writing(images / "images.zarr")
        write_array(group, "partition", (np.arange(count) % 10 == 9).astype(np.int8), ("image",))
        finish(images / "images.zarr")
        group = open_for_writing(points / "latents.zarr")
        z = create_array(group, "z", (count, components), np.float32, ("image", "component"))
        z[...] = correlated_points(count, components, 1)
        finish(points / "latents.zarr")
    return images, points
