from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from storage.arrays import finish, open_for_writing, read_array, write_array
from tasks.assessment.baselines import assess_baselines
from tasks.assessment.config import AssessConfig
from tasks.assessment.features import train_features
from tasks.assessment.rows import Sources
from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.codec import decode_images, encode_images
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder

SIZE = 32


def squares(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy grey images with one square, bright or dark, left or right: images uint8 and (count, 2) 1/-1."""
    rng = np.random.default_rng(seed)
    truth = rng.choice([1, -1], (count, 2)).astype(np.int8)
    images = rng.normal(110, 12, (count, SIZE, SIZE, 3))
    for image, (bright, large) in zip(images, truth, strict=True):
        side = 16 if large == 1 else 7
        top, left = rng.integers(0, SIZE - side, 2)
        image[top : top + side, left : left + side] += 70 * bright + rng.normal(0, 8, 3)
    return images.clip(0, 255).astype(np.uint8), truth


def write_dataset(folder: Path, images: np.ndarray, partition: np.ndarray, attribute: np.ndarray | None) -> None:
    group = open_for_writing(folder / "images.zarr")
    write_array(group, "image", images, ("image", "y", "x", "channel"))
    write_array(group, "partition", partition.astype(np.int8), ("image",))
    if attribute is not None:
        write_array(group, "attribute", attribute.astype(np.int8), ("image", "attribute"))
        names = [f"attribute {index}" for index in range(attribute.shape[1])]
        write_array(group, "attribute_name", names, ("attribute",))
    finish(folder / "images.zarr")


def write_samples(folder: Path, sampler: str, levels: dict[str, np.ndarray], autoencoder: Autoencoder) -> None:
    """Samples whose levels are the given z (all of one shape), decoded."""
    group = open_for_writing(folder / "samples.zarr")
    z = np.stack(list(levels.values())).astype(np.float32)
    write_array(group, "label", list(levels), ("level",))
    write_array(group, "z", z, ("level", "sample", "component"))
    images = np.stack([decode_images(autoencoder, level) for level in z])
    write_array(group, "image", images, ("level", "sample", "y", "x", "channel"))
    group.attrs.update({"sampler": sampler, "parameters": [], "neighbours": 1})
    finish(folder / "samples.zarr")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Images this small gain nothing from more, and sums split alike in every process."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", name="squares")
def squares_fixture() -> Callable[[int, int], tuple[np.ndarray, np.ndarray]]:
    return squares


@pytest.fixture(scope="session", name="write_dataset")
def write_dataset_fixture() -> Callable[..., None]:
    return write_dataset


@pytest.fixture(scope="session", name="write_samples")
def write_samples_fixture() -> Callable[..., None]:
    return write_samples


@pytest.fixture(scope="session")
def config() -> AssessConfig:
    return AssessConfig(
        count=36,
        repeats=3,
        seed=5,
        device="cpu",
        network={"epochs": 2, "batch_size": 16},
        swd={"patches": 8, "projections": 16},
    )


@pytest.fixture(scope="session")
def autoencoder() -> Autoencoder:
    return Autoencoder(AutoencoderConfig(image_size=SIZE, channels=(8, 16), latent_dim=6), seed=3).eval()


def write_study(
    root: Path,
    images: np.ndarray,
    partition: np.ndarray,
    attribute: np.ndarray | None,
    config: AssessConfig,
    autoencoder: Autoencoder,
) -> dict[str, Path]:
    """Folders dataset, model, latents, statistics, features, baselines; the statistics are NumPy's."""
    names = ("dataset", "model", "latents", "statistics", "features", "baselines")
    folders = {name: root / name for name in names}
    write_dataset(folders["dataset"], images, partition, attribute)
    save_config(autoencoder.config, folders["model"])
    save_weights(autoencoder, folders["model"], "best")
    z = encode_images(autoencoder, images)
    error = np.square((decode_images(autoencoder, z) - images.astype(float)) / 255).mean(axis=(1, 2, 3))
    group = open_for_writing(folders["latents"] / "latents.zarr")
    write_array(group, "z", z, ("image", "component"))
    write_array(group, "reconstruction_error", error.astype(np.float32), ("image",))
    finish(folders["latents"] / "latents.zarr")
    train = z[partition == 0].astype(float)
    covariance = np.atleast_2d(np.cov(train.T))
    group = open_for_writing(folders["statistics"] / "statistics.zarr")
    write_array(group, "mean", train.mean(axis=0), ("component",))
    write_array(group, "covariance", covariance, ("component", "other_component"))
    write_array(group, "precision", np.linalg.pinv(covariance), ("component", "other_component"))
    write_array(group, "centre", np.median(train, axis=0), ("component",))
    write_array(group, "half_width", 1.1774 * np.sqrt(np.diag(covariance)), ("component",))
    finish(folders["statistics"] / "statistics.zarr")
    train_features(folders["dataset"], config, folders["features"])
    assess_baselines(sources_of(folders), config, folders["baselines"])
    return folders


@pytest.fixture(scope="session", name="write_study")
def write_study_fixture() -> Callable[..., dict[str, Path]]:
    return write_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory, config: AssessConfig, autoencoder: Autoencoder) -> dict[str, Path]:
    """60 training and 40 held-out images."""
    images, truth = squares(100, 0)
    partition = np.repeat([0, 1, 2], [60, 20, 20])[np.random.default_rng(1).permutation(100)]
    return write_study(tmp_path_factory.mktemp("study"), images, partition, truth, config, autoencoder)


def sources_of(folders: dict[str, Path]) -> Sources:
    return Sources(*(folders[name] for name in ("dataset", "model", "latents", "statistics")), (folders["features"],))


@pytest.fixture(scope="session", name="sources_of")
def sources_of_fixture() -> Callable[[dict[str, Path]], Sources]:
    return sources_of


@pytest.fixture(scope="session")
def sources(study: dict[str, Path]) -> Sources:
    return sources_of(study)


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory, study: dict[str, Path], autoencoder: Autoencoder) -> Path:
    """40 samples at each of three levels: copies of training points, held-out points, and points far outside."""
    folder = tmp_path_factory.mktemp("samples")
    z = read_array(open_for_writing(study["latents"] / "latents.zarr"), "z")
    train = read_array(open_for_writing(study["dataset"] / "images.zarr"), "partition") == 0
    far = np.random.default_rng(2).normal(0, 20 * z.std(), (40, z.shape[1]))
    write_samples(folder, "drawn", {"copies": z[train][:40], "heldout": z[~train], "far": far}, autoencoder)
    return folder


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Every file of a folder by its relative path."""

    def read(folder: Path) -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    return read
