import numpy as np
import pytest

from tasks.sampling.registry import SAMPLERS, fit
from tasks.sampling.samplers.neighbour_corrected import NeighbourCorrectedConfig


@pytest.fixture
def ring(points_of):
    """Points near a circle in four dimensions: a normal distribution of their covariance fills its empty middle."""
    rng = np.random.default_rng(4)
    angle = rng.uniform(0, 2 * np.pi, 800)
    flat = np.stack([np.cos(angle), np.sin(angle), 0 * angle, 0 * angle], 1)
    return points_of(5 * flat + 0.1 * rng.standard_normal((800, 4)) + [3, 0, 1, 0])


def draw(points, level, count=400, seed=0, **config):
    sampler = fit("neighbour_corrected", points, NeighbourCorrectedConfig(**config), 1)
    return sampler.draw(np.random.default_rng(seed), count, level).astype(np.float64)


def level(strength, spread="kept"):
    return {"spread": spread, "strength": strength}


@pytest.mark.parametrize("base", ["multivariate_normal", "normal_component", "gaussian_mixture"])
def test_at_strength_zero_draws_are_those_of_the_base(ring, base):
    sampler = fit(base, ring, SAMPLERS.named(base).config_model(), 1)
    own = sampler.draw(np.random.default_rng(0), 400, sampler.usual())
    np.testing.assert_array_equal(draw(ring, level(0.0), base=base), own)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_mean_and_covariance_stay_those_of_the_base(ring, assert_covariance, strength):
    draws = draw(ring, level(strength), 20_000, k=3, reference=60_000)
    assert_covariance(draws, ring.mean, ring.covariance)


def test_with_the_spread_lost_the_set_is_drawn_together(points_of):
    points = points_of(np.random.default_rng(0).standard_normal((500, 12)))
    kept, lost = (draw(points, level(1.0, spread), 2000, k=10) for spread in ("kept", "lost"))
    assert np.trace(np.cov(lost.T)) < 0.75 * np.trace(points.covariance)
    assert np.trace(np.cov(kept.T)) == pytest.approx(np.trace(points.covariance), rel=0.05)


def test_moved_points_leave_the_empty_middle(ring):
    radius = [np.linalg.norm((draw(ring, level(s), k=2) - [3, 0, 1, 0])[:, :2], axis=1) for s in (0.0, 0.5, 1.0)]
    off = [float(np.mean(np.abs(one - 5))) for one in radius]
    assert off[0] > 1.5 * off[1] > 1.5 * off[2]


def test_all_levels_move_the_same_draws_whatever_their_number(ring):
    still, half, whole = (draw(ring, level(s, "lost"), 50) for s in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (still + whole) / 2, atol=1e-5)
    kept = draw(ring, level(1.0), 400)
    restored = draw(ring, level(1.0), 50)
    assert np.linalg.norm(kept.mean(0) - restored.mean(0)) > 0
    moved = draw(ring, level(1.0, "lost"), 50)
    # The same affine map for any number of draws: from a few of them it can be read off, and foretells the others.
    ones = np.ones((50, 1))
    affine = np.linalg.lstsq(np.hstack([moved[:25], ones[:25]]), restored[:25], rcond=None)[0]
    np.testing.assert_allclose(np.hstack([moved[25:], ones[25:]]) @ affine, restored[25:], atol=1e-3)


def test_the_sweep_has_strength_zero_once():
    config = NeighbourCorrectedConfig(strength=(0, 1))
    assert config.levels() == (level(0.0), level(1.0), level(1.0, "lost"))
    assert NeighbourCorrectedConfig.complete_level({"strength": 0, "spread": "lost"}) == level(0.0, "lost")


def test_few_training_points_mean_fewer_neighbours_and_that_is_said(points_of):
    points = points_of(np.eye(3))
    draws = draw(points, level(1.0), 20)
    np.testing.assert_allclose(draws.sum(1), 1, atol=1e-5)
    fitted = fit("neighbour_corrected", points, NeighbourCorrectedConfig(), 1)
    assert fitted.shortfall() == "there are only 3 training points: 3 neighbours, not 30"
