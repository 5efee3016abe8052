"""A small finished study, every stage of it real but the training: a decoder with fixed random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from storage.arrays import finish, open_complete, open_for_writing, read_array, write_array
from tasks.assessment.baselines import assess_baselines
from tasks.assessment.config import AssessConfig
from tasks.assessment.features import train_features
from tasks.assessment.gather import gather_scores
from tasks.assessment.quality import assess_sampler
from tasks.assessment.rows import Sources
from tasks.assessment.tables import write_scores
from tasks.autoencoder.checkpoint import save_config, save_weights
from tasks.autoencoder.codec import decode_images, encode_images
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.network import Autoencoder
from tasks.exploring.opened import OpenedStudy
from tasks.finished.artifacts import Artifacts
from tasks.sampling.config import SampleConfig
from tasks.sampling.sample import sample
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tests.judged import judged_draws, write_judged

ASSESS = AssessConfig(count=40, repeats=2, network={"epochs": 1}, device="cpu")
SAMPLE = SampleConfig(
    samplers=("uniform_component", "multivariate_normal"),
    count=40,
    seed=3,
    neighbours=3,
    device="cpu",
    uniform_component={"fact": (0.5, 1.5)},
)


def make_network(image_size: int, channels: tuple[int, ...], components: int) -> Autoencoder:
    config = AutoencoderConfig(image_size=image_size, channels=channels, latent_dim=components)
    return Autoencoder(config, seed=3).eval()


def make_artifacts(root: Path, autoencoder: Autoencoder, count: int, sampling: SampleConfig) -> Artifacts:
    """Correlated points, the faces that they decode to, and what the network's encoder makes of those."""
    rng = np.random.default_rng(2)
    components = autoencoder.config.latent_dim
    mixing = rng.standard_normal((components, components)) / np.sqrt(components)
    source = (rng.standard_normal((count, components)) @ mixing * 2 + rng.standard_normal(components)).astype(
        np.float32
    )
    save_config(autoencoder.config, root / "model")
    save_weights(autoencoder, root / "model", "best")
    applied = load_for_inference(root / "model")
    images = decode_images(applied, source)
    z = encode_images(applied, images)
    partition = np.where(np.arange(count) % 5 < 3, 0, 1 + np.arange(count) % 2).astype(np.int8)
    attribute = np.where(z[:, :2] > np.median(z[:, :2], axis=0), 1, -1).astype(np.int8)
    group = open_for_writing(root / "dataset" / "images.zarr")
    write_array(group, "image", images, ("image", "y", "x", "channel"))
    write_array(group, "name", [f"{number:06d}.jpg" for number in range(count)], ("image",))
    write_array(group, "partition", partition, ("image",))
    write_array(group, "attribute", attribute, ("image", "attribute"))
    write_array(group, "attribute_name", ["Broad", "Tall"][:components], ("attribute",))
    finish(root / "dataset" / "images.zarr")
    group = open_for_writing(root / "latents" / "latents.zarr")
    write_array(group, "z", z, ("image", "component"))
    write_array(group, "reconstruction_error", np.zeros(count, np.float32), ("image",))
    finish(root / "latents" / "latents.zarr")
    (root / "statistics").mkdir()
    quick = AnalyseConfig(normality_points=100, simulations=19, anchors=20, duplicate_points=1000)
    analyse(root / "dataset", root / "latents", quick, root / "statistics")
    folders = [root / name for name in ("dataset", "model", "latents", "statistics")]
    samples = {name: root / "samples" / name for name in sampling.samplers}
    for name, folder in samples.items():
        sample(name, *folders, sampling, folder)
    return Artifacts(*folders, samples=samples, sampling=sampling, assessment=ASSESS)


def add_scores(root: Path, made: Artifacts) -> Artifacts:
    """Real scores of the stored draws, and made-up judgements: each sampler's first level, the first sampler best."""
    features, baselines, scores = (root / name for name in ("features", "baselines", "scores"))
    train_features(made.dataset, ASSESS, features)
    sources = Sources(made.dataset, made.model, made.latents, made.statistics, (features,))
    assess_baselines(sources, ASSESS, baselines)
    parts = [baselines]
    for name, folder in made.samples.items():
        parts.append(root / "quality" / name)
        assess_sampler(sources, baselines, folder, ASSESS, parts[-1])
    judged, found = root / "judged", {}
    for distance, (name, folder) in enumerate(made.samples.items(), start=1):
        label = str(read_array(open_complete(folder / "samples.zarr"), "label")[0])
        found[name, label] = (float(distance), 0.05, 0.02)
    write_judged(judged, found)
    write_scores(judged, judged_draws(found))
    gather_scores(parts, [judged], judged, scores)
    given = vars(made) | {"features": features, "baselines": baselines, "scores": scores}
    return Artifacts(**given)


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    root = tmp_path_factory.mktemp("study")
    return add_scores(root, make_artifacts(root, make_network(32, (8, 16), 6), 300, SAMPLE))


@pytest.fixture(scope="session")
def study(artifacts: Artifacts) -> OpenedStudy:
    return OpenedStudy(artifacts, "cpu")


@pytest.fixture(scope="session")
def demo_network() -> Autoencoder:
    """As large as the demo's."""
    return make_network(64, (16, 32, 64, 128), 64)


@pytest.fixture(scope="session")
def demo_sized(demo_network: Autoencoder, tmp_path_factory: pytest.TempPathFactory) -> OpenedStudy:
    """As large as the demo's: 64 pixels, 64 components, 4,000 images."""
    sampling = SampleConfig(samplers=("multivariate_normal",), count=8, device="cpu")
    return OpenedStudy(make_artifacts(tmp_path_factory.mktemp("demo"), demo_network, 4000, sampling), "cpu")
