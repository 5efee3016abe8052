"""What holds for every sampler, whichever are there."""

import numpy as np
import pytest

from tasks.sampling.registry import SAMPLERS, fit


def fitted(name, points, seed=1):
    return fit(name, points, SAMPLERS.named(name).config_model(), seed)


KNOW_NOTHING_OF_THE_POINTS = {"uniform_common", "normal_origin"}
INDEPENDENT = {"uniform_component", "normal_component", "shuffled", "path"}


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_draws_have_the_shape_asked_for_and_repeat_with_the_seed(name, correlated):
    level = SAMPLERS.named(name).config_model.default_level()
    first, again, other = (fitted(name, correlated).draw(np.random.default_rng(seed), 33, level) for seed in (5, 5, 6))
    assert first.shape == (33, 4)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("name", sorted(set(SAMPLERS.names()) - KNOW_NOTHING_OF_THE_POINTS))
def test_constant_components_keep_their_value(name, points_of):
    z = np.random.default_rng(0).standard_normal((300, 3)).astype(np.float32)
    z[:, 1] = 2.5
    draws = fitted(name, points_of(z)).draw(
        np.random.default_rng(0), 50, SAMPLERS.named(name).config_model.default_level()
    )
    np.testing.assert_array_equal(draws[:, 1], np.float32(2.5))
    assert draws[:, 0].std() > 0.1
    assert draws[:, 2].std() > 0.1


@pytest.mark.parametrize("name", sorted(set(SAMPLERS.names()) - KNOW_NOTHING_OF_THE_POINTS - INDEPENDENT))
def test_with_fewer_points_than_components_correlated_draws_stay_in_the_points_span(name, points_of):
    z = (np.random.default_rng(0).standard_normal((6, 20)) * 3 + 1).astype(np.float32)
    draws = fitted(name, points_of(z)).draw(
        np.random.default_rng(0), 40, SAMPLERS.named(name).config_model.default_level()
    )
    mean = z.mean(0, dtype=np.float64)
    span = np.linalg.svd(z - mean, full_matrices=False)[2][:5]
    offset = draws - mean
    np.testing.assert_allclose(offset, offset @ span.T @ span, atol=1e-4)


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_every_level_of_the_default_sweep_can_be_drawn(name, correlated):
    sampler = fitted(name, correlated)
    for level in sampler.config.levels():
        assert np.isfinite(sampler.draw(np.random.default_rng(0), 3, level)).all()
