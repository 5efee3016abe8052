"""Small studies of known truth: a decoder with fixed random weights, latents drawn here, the real stages between."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from storage.arrays import finish, open_complete, open_for_writing, read_array, write_array
from storage.files import write_json
from tasks.assessment.frechet import fit, squared_frechet_distance
from tasks.assessment.novelty import Novelty
from tasks.assessment.tables import COLUMNS, DRAW_COLUMNS
from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder
from tasks.finished.artifacts import Artifacts
from tasks.reporting.config import ReportConfig
from tasks.reporting.report import write_report
from tasks.reporting.study import ReportedStudy
from tasks.sampling.config import SampleConfig
from tasks.sampling.sample import sample
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig

SIDE = 32
STORE = "s3://faces/some studies"
FEW = ("normal_component", "multivariate_normal", "resampled")
DRAWS = 4
PLAIN = ("uniform_common", "uniform_component", "normal_component", "multivariate_normal", "resampled")
QUICK = ReportConfig(dpi=50, pairs=2, components=3, grid_rows=2, grid_columns=4, reconstructions=4)


@dataclass(frozen=True)
class Made:
    """Where a study's artifacts lie."""

    root: Path
    samplers: tuple[str, ...]

    @property
    def artifacts(self) -> Artifacts:
        folders = (self.root / name for name in ("dataset", "model", "latents", "statistics"))
        samples = {name: self.root / "samples" / name for name in self.samplers}
        return Artifacts(*folders, samples, features=self.root / "features", scores=self.root / "scores")

    def study(self, config: ReportConfig = QUICK) -> ReportedStudy:
        return ReportedStudy(self.artifacts, config, STORE)

    def write(self, out: Path, config: ReportConfig = QUICK) -> dict:
        return write_report(self.artifacts, config, out, STORE)


def write_rows(path: Path, columns, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def make_images(root: Path, z: np.ndarray, partition: np.ndarray, skipped=()) -> np.ndarray:
    """Data set, model and latents whose images are exactly D(z)."""
    config = AutoencoderConfig(image_size=SIDE, channels=(8, 8), latent_dim=z.shape[1], normalisation="none")
    autoencoder = Autoencoder(config, seed=3).eval()
    save_config(config, root / "model")
    save_weights(autoencoder, root / "model", "best")
    images = decode_images(autoencoder, z)
    group = open_for_writing(root / "dataset" / "images.zarr")
    write_array(group, "image", images, ("image", "y", "x", "channel"))
    write_array(group, "name", [f"{number:06d}.jpg" for number in range(len(z))], ("image",))
    write_array(group, "partition", partition.astype(np.int8), ("image",))
    group.attrs.update({"partition_source": "seeded", "image_size": SIDE, "source_kind": "images"})
    finish(root / "dataset" / "images.zarr")
    write_rows(root / "dataset" / "skipped.csv", ("name", "reason"), skipped)
    write_rows(root / "dataset" / "warnings.csv", ("warning",), [("one <odd> thing",)] if skipped else ())
    loss = [(epoch, 0.1 / epoch, 0.12 / epoch, 10 + epoch, 1 - 1 / (epoch + 1), 1e-3) for epoch in range(1, 6)]
    history = ("epoch", "train_loss", "validation_mse", "validation_psnr", "validation_ssim", "learning_rate")
    write_rows(root / "model" / "history.csv", history, loss)
    latents = open_for_writing(root / "latents" / "latents.zarr")
    write_array(latents, "z", z, ("image", "component"))
    write_array(latents, "reconstruction_error", np.zeros(len(z), np.float32), ("image",))
    finish(root / "latents" / "latents.zarr")
    return images


def features_of(images: np.ndarray) -> np.ndarray:
    """Six fixed random projections of the pixels: (n, 6) float32."""
    flat = images.reshape(len(images), -1).astype(np.float32) / 255
    directions = np.random.default_rng(5).standard_normal((flat.shape[1], 6)) / 20
    return (flat @ directions).astype(np.float32)


def make_scores(root: Path, images: np.ndarray, partition: np.ndarray, samplers) -> None:
    """FD and novelty of every sampler and level, and of the two fixed rows, over four draws each."""
    train = partition == 0
    sides = {"train": train, "heldout": ~train}
    features = features_of(images)
    rows, draws = [], []

    def add(sampler: str, label: str, reference: str, drawn: np.ndarray) -> None:
        known, unseen = features[sides[reference]], features[~sides[reference]]
        for metric, measure in (
            ("fd", lambda part: squared_frechet_distance(fit(part), fit(known))),
            ("novelty", Novelty(known, unseen)),
        ):
            values = [float(measure(part)) for part in np.array_split(drawn, DRAWS)]
            count = len(drawn) // DRAWS
            spread = float(np.std(values, ddof=1))
            rows.append((sampler, label, metric, "random", reference, np.mean(values), spread, count, 0))
            draws.extend((sampler, label, metric, "random", reference, k, v, count, 0) for k, v in enumerate(values))

    for reference, side in sides.items():
        for name in ("real", "reconstruction"):
            add(name, "", reference, features[~side][:200])
        for sampler in samplers:
            group = open_complete(root / "samples" / sampler / "samples.zarr")
            for level, label in enumerate(read_array(group, "label")):
                add(sampler, str(label), reference, features_of(read_array(group, "image")[level]))
    write_rows(root / "scores" / "scores.csv", COLUMNS, rows)
    write_rows(root / "scores" / "draws.csv", DRAW_COLUMNS, draws)
    write_json(root / "features" / "network.json", {"features": "random"})


def make_study(root: Path, z: np.ndarray, samplers=PLAIN, count: int = 240, skipped=(), blend: bool = False) -> Made:
    """A whole study of the latents ``z`` (n, d)."""
    z = z.astype(np.float32)
    partition = np.where(np.arange(len(z)) % 10 < 6, 0, 1 + np.arange(len(z)) % 2)
    images = make_images(root, z, partition, skipped)
    statistics = root / "statistics"
    statistics.mkdir()
    quick = AnalyseConfig(normality_points=100, simulations=19, anchors=20)
    analyse(root / "dataset", root / "latents", quick, statistics)
    levels = {"uniform_component": {"fact": (0.5, 1.5, 4.0)}, "uniform_common": {"b": (0.75, 1.25)}}
    config = SampleConfig(samplers=samplers, count=count, neighbours=3, **levels)
    for sampler in samplers:
        folders = (root / name for name in ("dataset", "model", "latents", "statistics"))
        sample(sampler, *folders, config, root / "samples" / sampler)
    if blend:
        make_blend(root, z)
        samplers = (*samplers, "house_blend")
    make_scores(root, images, partition, samplers)
    return Made(root, tuple(samplers))


def make_blend(root: Path, z: np.ndarray) -> None:
    """A sampler that no part of the project knows, with two swept parameters and nothing that may be left out."""
    rng = np.random.default_rng(8)
    levels = [(k, mix) for k in (2, 4) for mix in (0.25, 0.75)]
    drawn = np.stack([z[:40] * mix + rng.standard_normal((40, z.shape[1])) / k for k, mix in levels]).astype(np.float32)
    autoencoder = load_for_inference(root / "model")
    group = open_for_writing(root / "samples" / "house_blend" / "samples.zarr")
    write_array(group, "label", [f"k={k},mix={mix}" for k, mix in levels], ("level",))
    write_array(group, "k", [k for k, _ in levels], ("level",))
    write_array(group, "mix", [mix for _, mix in levels], ("level",))
    write_array(group, "z", drawn, ("level", "sample", "component"))
    images = np.stack([decode_images(autoencoder, points) for points in drawn])
    write_array(group, "image", images, ("level", "sample", "y", "x", "channel"))
    group.attrs.update({"sampler": "house_blend", "parameters": ["k", "mix"], "neighbours": 0})
    finish(root / "samples" / "house_blend" / "samples.zarr")


def independent_points(count: int, components: int, seed: int = 0) -> np.ndarray:
    """Normal points around the origin whose components know nothing of each other."""
    return 3 * np.random.default_rng(seed).standard_normal((count, components))


def correlated_points(count: int, components: int, seed: int = 0) -> np.ndarray:
    """Points with strong correlations, off the origin, whose tails are heavier than normal."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((count, 1)) @ np.ones((1, components))
    scale = np.sqrt(4 / rng.chisquare(4, (count, 1)))
    points = 2.5 * scale * (common + 0.3 * rng.standard_normal((count, components)))
    return points + np.linspace(3, 0, components)


@pytest.fixture(scope="session")
def correlated(tmp_path_factory) -> Made:
    return make_study(tmp_path_factory.mktemp("correlated"), correlated_points(700, 6))


@pytest.fixture(scope="session")
def independent(tmp_path_factory) -> Made:
    return make_study(tmp_path_factory.mktemp("independent"), independent_points(700, 6), FEW)


@pytest.fixture(scope="session")
def scarce(tmp_path_factory) -> Made:
    """Too few images for a core, a constant component, skipped files, a sampler without levels and a new one."""
    z = independent_points(60, 14)
    z[:, 5] = 1.25
    skipped = [("a <b>.jpg", "cannot be read"), ("c.jpg", "too small")]
    return make_study(tmp_path_factory.mktemp("scarce"), z, ("shuffled",), 40, skipped, blend=True)


@pytest.fixture(scope="session")
def correlated_report(correlated, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("report-correlated")
    correlated.write(out)
    return out


@pytest.fixture(scope="session")
def scarce_report(scarce, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("report-scarce")
    scarce.write(out)
    return out
