import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tasks.sampling.learning.autoregressive import AutoregressiveFlow
from tasks.sampling.learning.fit import FITTED, Learner, Training, fit_or_load
from tasks.sampling.learning.second_vae import SecondVAE
from tasks.sampling.learning.velocity import Velocity

TRAINING = Training(epochs=20, steps=60, batch=32, rate=2e-3, decay=0.01)
NETWORKS = {
    "flow": lambda: Velocity(3, 16, 2, 0.1, 4),
    "autoregressive": lambda: AutoregressiveFlow(3, 16, 2, 0.1, 4),
    "second VAE": lambda: SecondVAE(3, 16, 2, 0.1, 4),
}


@pytest.fixture
def w():
    """The second coordinate follows the square of the first."""
    points = np.random.default_rng(0).standard_normal((300, 3)).astype(np.float32)
    points[:, 1] = 0.4 * points[:, 1] + 0.65 * (np.square(points[:, 0]) - 1)
    return torch.from_numpy(points)


def weights(network):
    return {name: tensor.numpy().copy() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(kind, w):
    def fitted(seed):
        network = NETWORKS[kind]()
        fit_or_load(network, w, TRAINING, seed, None)
        return weights(network)

    first, again, other = fitted(1), fitted(1), fitted(2)
    assert all((first[name] == again[name]).all() for name in first)
    assert any((first[name] != other[name]).any() for name in first)


class KilledError(Exception):
    pass


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_killed_fit_continues_to_the_same_bits(kind, w, tmp_path):
    whole = NETWORKS[kind]()
    undisturbed = fit_or_load(whole, w, TRAINING, 1, tmp_path / "whole")

    def kill(done, total, note=""):
        if done > total / 2:
            raise KilledError

    with pytest.raises(KilledError):
        fit_or_load(NETWORKS[kind](), w, TRAINING, 1, tmp_path / "killed", kill)
    rounds = []
    resumed = fit_or_load(
        NETWORKS[kind](), w, TRAINING, 1, tmp_path / "killed", lambda done, total, note="": rounds.append(done)
    )
    assert min(rounds) > TRAINING.steps / 2
    assert resumed == undisturbed
    first, second = (load_file(tmp_path / name / FITTED) for name in ("whole", "killed"))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not (tmp_path / "killed" / "checkpoint.safetensors").exists()


def test_a_kept_fit_is_not_fitted_again(w, tmp_path):
    first, again = NETWORKS["flow"](), NETWORKS["flow"]()
    curve = fit_or_load(first, w, TRAINING, 1, tmp_path)
    assert fit_or_load(again, w[:5], TRAINING, 9, tmp_path) == curve
    assert all((weights(first)[name] == value).all() for name, value in weights(again).items())


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_held_out_loss_falls_where_there_is_something_to_learn(kind, w):
    longer = TRAINING._replace(epochs=100, steps=400, rate=1e-2)
    curve = fit_or_load(NETWORKS[kind](), w, longer, 1, None)
    assert curve.rounds[curve.best][2] < curve.rounds[0][2] - 0.02
    assert not curve.diverged


class Diverging(Learner):
    """Its loss falls for a while and is then no number."""

    def __init__(self):
        super().__init__(3)
        self.place = torch.nn.Parameter(torch.zeros(()))
        self.looks = 0

    def draw(self, rng, count):
        return rng.standard_normal((count, 3)).astype(np.float32)

    def losses(self, w, random):
        self.looks += self.training
        return (self.place - 1) ** 2 + (torch.nan if self.looks > 30 else 0.0) + torch.zeros(len(w))


def test_a_fit_that_diverges_says_so_and_keeps_its_best(w):
    network = Diverging()
    curve = fit_or_load(network, w, TRAINING, 1, None)
    assert curve.diverged
    assert curve.facts()["diverged"] is True
    assert len(curve.rounds) - 1 == curve.best > 0
    assert torch.isfinite(network.place)
    assert network.place > 0


@pytest.mark.parametrize("kind", NETWORKS)
def test_draws_keep_the_moments_of_the_points(kind, w):
    network = NETWORKS[kind]()
    fit_or_load(network, w, TRAINING._replace(epochs=100, steps=400, rate=1e-2), 1, None)
    learned = network.draw(np.random.default_rng(5), 20_000)
    moved = network.moved(learned)
    radius = np.linalg.norm(learned, axis=1)
    inner = moved[radius <= np.quantile(radius, 0.999)]
    np.testing.assert_allclose(np.cov(inner.T), np.eye(3), atol=0.15)
    np.testing.assert_allclose(inner.mean(0), 0, atol=0.1)
    back, change = network.moved_back(moved.astype(float))
    np.testing.assert_allclose(back, learned, atol=1e-3)
    assert change == pytest.approx(-np.linalg.slogdet(network.stretch.numpy())[1], abs=1e-5)
