import numpy as np
import pytest
import torch

from tasks.sampling.learning.autoregressive import AutoregressiveFlow, Transform
from tasks.sampling.learning.second_vae import SecondVAE
from tasks.sampling.learning.velocity import Velocity, flow, log_density


def shaken(network, size=0.3):
    """Its weights are no longer those that it starts from."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += size * torch.randn_like(parameter)
    return network.eval()


@pytest.fixture
def w():
    return np.random.default_rng(1).standard_normal((20, 5)).astype(np.float32)


def normal(w):
    return -0.5 * np.square(w.astype(float)).sum(1) - 0.5 * w.shape[1] * np.log(2 * np.pi)


def test_all_start_as_the_normal_distribution(w):
    np.testing.assert_allclose(log_density(Velocity(5, 8, 2, 0, 1).eval(), w, 40, 0), normal(w), atol=2e-3)
    np.testing.assert_allclose(AutoregressiveFlow(5, 8, 2, 0, 1).log_density(w, 1.0), normal(w), rtol=1e-5)
    drawn = np.random.default_rng(2).standard_normal((2, 20_000, 5)).astype(np.float32)
    made = SecondVAE(5, 8, 2, 0, 1).generate(*drawn)
    np.testing.assert_allclose(np.cov(made.T), np.eye(5), atol=0.05)


def test_the_bound_of_a_second_vae_is_tight_where_it_starts(w):
    """Its loss is minus the log density, of many looks on average."""
    network = SecondVAE(5, 8, 2, 0, 1)
    looks = torch.stack([network.losses(torch.from_numpy(w), torch.Generator().manual_seed(k)) for k in range(2000)])
    np.testing.assert_allclose(-5 * looks.mean(0).detach().numpy(), normal(w), atol=0.2)


@pytest.mark.parametrize("r", [1, 2, 5, 12])
def test_a_transform_and_its_inverse_undo_each_other(r):
    transform = shaken(Transform(r, 10, 0))
    x = torch.randn(30, r)
    with torch.no_grad():
        np.testing.assert_allclose(transform.inverse(transform(x)[0]).numpy(), x.numpy(), atol=1e-4)


def test_a_coordinate_depends_on_those_before_it_alone():
    transform = shaken(Transform(4, 12, 0))
    slope = torch.autograd.functional.jacobian(lambda x: transform(x[None])[0][0], torch.randn(4))
    assert (torch.triu(slope, 1) == 0).all()
    assert (torch.tril(slope) != 0).sum() == 10


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_autoregressive_density_is_that_of_its_jacobian(w, temperature):
    network = shaken(AutoregressiveFlow(5, 16, 3, 0, 1))
    for point, found in zip(w, network.log_density(w, temperature), strict=True):
        slope = torch.autograd.functional.jacobian(lambda x: network(x[None])[0][0], torch.from_numpy(point))
        u = network(torch.from_numpy(point)[None])[0].detach().numpy() / temperature
        expected = normal(u)[0] - 5 * np.log(temperature) + float(torch.linalg.slogdet(slope)[1])
        assert found == pytest.approx(expected, abs=1e-3)
    noise = np.random.default_rng(0).standard_normal((50, 5)).astype(np.float32)
    with torch.no_grad():
        back = network(torch.from_numpy(network.generate(noise)))[0].numpy()
    np.testing.assert_allclose(back, noise, atol=1e-3)


def test_the_flows_density_is_that_of_the_jacobian_of_all_its_steps(w):
    """log p(z) = log N(noise) − log |det ∂z/∂noise|, by differentiating the integration itself."""
    field = shaken(Velocity(5, 16, 2, 0, 1), 0.1)
    noise = w[:4]

    def moved(x, steps=60):
        for step in range(steps):
            t, h = step / steps, 1 / steps
            middle = x + h / 2 * field(x, torch.full((1, 1), t))
            x = x + h * field(middle, torch.full((1, 1), t + h / 2))
        return x

    z = flow(field, noise, 60)
    found = log_density(field, z, 60, 0)
    for place in range(len(noise)):
        slope = torch.autograd.functional.jacobian(lambda x: moved(x[None])[0], torch.from_numpy(noise[place]))
        expected = normal(noise[place : place + 1])[0] - float(torch.linalg.slogdet(slope)[1])
        assert found[place] == pytest.approx(expected, abs=2e-2)


def test_of_many_axes_the_flows_density_is_right_on_average():
    """Probes beside the exact divergence, which is taken of up to 16 axes."""
    from tasks.sampling.learning import velocity

    field = shaken(Velocity(12, 16, 2, 0, 1), 0.05)
    w = np.random.default_rng(3).standard_normal((400, 12)).astype(np.float32)
    exact = log_density(field, w, 10, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(velocity, "EXACT_UP_TO", 4)
        probed = log_density(field, w, 10, 0)
    error = probed - exact
    assert error.std() > 0
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(w))
