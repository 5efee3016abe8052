"""Small studies of known truth: a decoder with fixed random weights, latents drawn here, the real stages between."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from storage.arrays import finish, open_complete, open_for_writing, read_array, write_array
from storage.files import write_json
from storage.rows import StoredRows
from tasks.assessment.copies import Copies
from tasks.assessment.frechet import FEWEST_DEBIASED, debiased, fit, squared_frechet_distance
from tasks.assessment.kernel_distance import KernelDistance
from tasks.assessment.novelty import Novelty
from tasks.assessment.tables import AUTOENCODER, COLUMNS, DRAW_COLUMNS, JUDGED
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
from tasks.sampling.neighbours import NeighbourIndex
from tasks.sampling.points import load_points
from tasks.sampling.registry import compared_as_usual
from tasks.sampling.registry import fit as fit_sampler
from tasks.sampling.sample import sample
from tasks.sampling.sampler import level_label
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tests.judged import GOOD

SIDE = 32
STORE = "s3://faces/some studies"
FEW = ("normal_component", "multivariate_normal", "resampled")
DRAWS = 4
JUDGED_DRAWS, EACH = 8, 70
"""Fresh draws, and points of each: 560 in all, from which a distance without bias can be had."""

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
    """Scores of every sampler and level, and of the two fixed rows, over four draws.

    As the decoder is the truth here, photographs are their own reconstructions. The spread of the features stands in
    for fidelity and variety.
    """
    train = partition == 0
    sides = {"train": train, "heldout": ~train}
    features = features_of(images)
    rows, draws = [], []

    def add(sampler: str, label: str, reference: str, drawn: np.ndarray) -> None:
        known, unseen = features[sides[reference]], features[~sides[reference]]
        for metric, measure in (
            ("fd", lambda part: squared_frechet_distance(fit(part), fit(known))),
            ("fd_decoded", lambda part: squared_frechet_distance(fit(part), fit(known))),
            ("novelty", Novelty(NeighbourIndex(StoredRows(known)), unseen)),
            (
                "density",
                lambda part: min(1.0, float(np.square(fit(known).root).sum() / np.square(fit(part).root).sum())),
            ),
            (
                "coverage",
                lambda part: min(1.0, float(np.square(fit(part).root).sum() / np.square(fit(known).root).sum())),
            ),
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


def make_judged(root: Path, images: np.ndarray, partition: np.ndarray, samplers, config: SampleConfig) -> None:
    """Fresh draws of every sampler at the level that is least far off within the limits, and at its usual one.

    A point counts as broken beyond the 95 % quantile of the training points' Mahalanobis distance. A sampler that the
    project does not know has no more than its stored images, too few for a distance without bias.
    """
    known = features_of(images[partition == 0])
    points = load_points(root / "dataset", root / "latents", root / "statistics")
    mean, precision = points.z_train.all().mean(axis=0), np.linalg.pinv(np.cov(points.z_train.all().T))
    autoencoder, kernel, copies = (
        load_for_inference(root / "model"),
        KernelDistance(known),
        Copies(NeighbourIndex(StoredRows(known))),
    )

    def distance(z: np.ndarray) -> np.ndarray:
        return np.sqrt(np.einsum("ij,jk,ik->i", z - mean, precision, z - mean))

    far = np.quantile(distance(points.z_train.all()), 0.95)
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for sampler in samplers:
        group = open_complete(root / "samples" / sampler / "samples.zarr")
        labels = [str(label) for label in read_array(group, "label")]
        drawn: dict[str, list[np.ndarray]] = {}
        if sampler == "house_blend":
            drawn[labels[0]] = np.array_split(read_array(group, "z")[0], JUDGED_DRAWS)
        else:
            for repeat in range(JUDGED_DRAWS):
                fitted = fit_sampler(sampler, points, config.settings(sampler), repeat)
                for level in (*fitted.levels(), fitted.usual()):
                    z = fitted.draw(np.random.default_rng(100 + repeat), EACH, level)
                    drawn.setdefault(level_label(level), [])[repeat:] = [z]
        for label, draws in drawn.items():
            features = [features_of(decode_images(autoencoder, z)) for z in draws]
            found[sampler, label] = {
                "fd_debiased": debiased(features, fit(known)).tolist(),
                "kid_decoded": [kernel(part) for part in features],
                "broken": [float((distance(z) > far).mean()) for z in draws],
                "copied": [copies(part) for part in features],
            }

    def rank(key: tuple[str, str]) -> tuple[bool, float]:
        means = {metric: np.mean(values) for metric, values in found[key].items()}
        return means["broken"] > 0.2 or means["copied"] > 0.1, means["fd_debiased"]

    kept = []
    for sampler in samplers:
        best = min((key for key in found if key[0] == sampler), key=rank)
        usual = [(sampler, "scale=1.0")] if sampler in compared_as_usual() else []
        kept += list(dict.fromkeys([best, *usual]))
    rows = [
        (*key, metric, "random", "train", draw, value, EACH, 0)
        for key in kept
        for metric, values in found[key].items()
        for draw, value in enumerate(values)
    ]
    write_rows(root / "scores" / JUDGED, DRAW_COLUMNS, rows)
    enough = len(known) >= FEWEST_DEBIASED
    facts = {
        **GOOD,
        "references": len(known),
        "decoder_share": GOOD["decoder_share"] if enough else None,
        "features": "random",
        "heldout": {**GOOD["heldout"], "fd_debiased": 0.0 if enough else None},
    }
    write_json(root / "scores" / AUTOENCODER, facts)


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
    make_judged(root, images, partition, samplers, config)
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
    return make_study(tmp_path_factory.mktemp("correlated"), correlated_points(900, 6))


@pytest.fixture(scope="session")
def independent(tmp_path_factory) -> Made:
    return make_study(tmp_path_factory.mktemp("independent"), independent_points(900, 6), FEW)


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
