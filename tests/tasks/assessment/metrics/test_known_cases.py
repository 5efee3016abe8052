"""Every metric on rendered faces, seen by a feature network trained on their attributes, where the order is known."""

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from scipy.spatial.distance import mahalanobis

from storage.rows import StoredRows
from tasks.assessment.broken import Cycle
from tasks.assessment.classifier import Labelled, train_classifier
from tasks.assessment.feature_config import NetworkConfig
from tasks.assessment.gradients import gradient_energy
from tasks.assessment.metric import Draw, Reconstructions, Reference
from tasks.assessment.metrics import registered
from tasks.assessment.network import features_of
from tasks.compute.progress import no_progress
from tasks.synthesis.attributes import attributes
from tasks.synthesis.factors import draw_face
from tasks.synthesis.portrait import render

N, SIZE = 80, 32


def photograph(index: int) -> np.ndarray:
    cut = render([draw_face(4, index)])[0].crop((19, 39, 159, 179))
    return np.asarray(cut.resize((SIZE, SIZE), Image.Resampling.LANCZOS))


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return np.stack([photograph(index) for index in range(4 * N)])


@pytest.fixture(scope="module")
def network(faces, tmp_path_factory):
    labels = np.array([attributes(draw_face(4, index)) for index in range(len(faces))], np.int8)
    sides = (Labelled(faces[part], labels[part]) for part in (slice(0, 2 * N), slice(2 * N, None)))
    config = NetworkConfig(epochs=4, batch_size=16)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    trained, _ = train_classifier(*sides, config, torch.device("cpu"), tmp_path_factory.mktemp("n"), no_progress)
    torch.set_num_threads(before)
    return trained


@pytest.fixture(scope="module")
def draws(faces, network) -> dict[str, Draw]:
    """80 images each: unseen faces, the same damaged, one face only, and copies of the reference's."""
    rng = np.random.default_rng(0)
    real = faces[2 * N : 3 * N]
    cases = {
        "real": real,
        "blurred": ndimage.gaussian_filter(real, (0, 1.5, 1.5, 0)),
        "noisy": (real + rng.normal(0, 70, real.shape)).clip(0, 255).astype(np.uint8),
        "collapsed": np.repeat(real[:1], N, axis=0),
        "copied": faces[:N],
    }
    z = rng.normal(size=(N, 3)).astype(np.float32)
    cycle = Cycle(rng.uniform(size=N), rng.uniform(size=N))
    return {name: Draw(images, features_of(network, images), z, z + 1, cycle) for name, images in cases.items()}


@pytest.fixture(scope="module")
def reference(faces, network) -> Reference:
    known, unseen = faces[: 2 * N], faces[3 * N :]
    precision = np.diag([4.0, 1.0, 0.25])

    def decoded(images: np.ndarray) -> Reconstructions:
        z, cycle = (
            np.zeros((len(images), 3), np.float32),
            Cycle(*np.random.default_rng(1).uniform(size=(2, len(images)))),
        )
        return Reconstructions(StoredRows(features_of(network, images)), StoredRows(z), gradient_energy(images), cycle)

    features = features_of(network, known)
    return Reference("train", known[:N], features[:N], features, decoded(known), decoded(unseen), precision, seed=0)


@pytest.fixture(scope="module")
def values(reference, draws) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, metric in registered().items():
        if name == "novelty_latent":
            continue
        evaluate = metric().against(reference)
        for case, draw in draws.items():
            value = evaluate(draw)
            several = value if isinstance(value, dict) else {"": value}
            for suffix, number in several.items():
                found.setdefault(name + suffix, {})[case] = number
    return found


@pytest.mark.parametrize("metric", ["fd", "fd_decoded", "kid", "swd", "swd_32", "swd_16"])
def test_distances_are_least_for_real_faces_and_grow_with_every_fault(metric, values):
    found = values[metric]
    # Noise of single pixels is averaged away before it reaches the coarse level.
    for fault in ("blurred", "collapsed") if metric == "swd_16" else ("blurred", "noisy", "collapsed"):
        assert found["real"] < 0.8 * found[fault], fault


def test_copies_come_nearer_than_new_faces_by_every_distance_which_novelty_tells(values):
    for metric in ("fd", "fd_decoded", "kid", "swd"):
        assert values[metric]["copied"] < values[metric]["real"]
    assert values["novelty"]["copied"] == 0
    assert values["copied"]["copied"] == 1
    assert values["copied"]["real"] < 0.3
    assert values["novelty"]["real"] == pytest.approx(1, abs=0.15)
    assert values["coverage"]["copied"] == values["precision"]["copied"] == values["recall"]["copied"] == 1


def test_damaged_faces_leave_the_real_ones_neighbourhoods(values):
    for metric in ("precision", "density", "coverage"):
        assert values[metric]["noisy"] < values[metric]["real"], values[metric]
    # Blurred faces are still among faces, but crowd in fewer places.
    assert values["coverage"]["blurred"] < values["coverage"]["real"], values


def test_one_face_alone_lacks_variety_however_real_it_is(values):
    assert values["recall"]["collapsed"] == 0 < values["recall"]["real"]
    assert values["coverage"]["collapsed"] < 0.2 * values["coverage"]["real"]


def test_blur_and_noise_lie_on_either_side_of_real_sharpness(values):
    assert values["sharpness"]["blurred"] < 0.5
    assert values["sharpness"]["real"] == pytest.approx(1, abs=0.2)
    assert values["sharpness"]["noisy"] > 2


def test_reencoding_is_the_mean_mahalanobis_distance_of_scipy(values, reference, draws):
    draw = draws["real"]
    pairs = zip(draw.encoded, draw.latents, strict=True)
    expected = np.mean([mahalanobis(encoded, z, reference.precision) for encoded, z in pairs])
    assert values["reencoding"]["real"] == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx(np.sqrt(5.25), rel=1e-5)


def test_the_mean_of_the_levels_is_the_sliced_distance(values):
    for case in values["swd"]:
        assert values["swd"][case] == pytest.approx((values["swd_32"][case] + values["swd_16"][case]) / 2)
