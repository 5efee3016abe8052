"""What holds for every sampler, whichever are there."""

import dataclasses
import itertools

import numpy as np
import pytest

from tasks.sampling.about import NOTHING, SCALE
from tasks.sampling.registry import SAMPLERS, fit
from tasks.sampling.sampler import level_label
from tests.in_blocks import InBlocks
from tests.tasks.sampling.quick import quick_config


def fitted(name, points, seed=1):
    return fit(name, points, quick_config(name), seed)


FITTED = [name for name, kind in SAMPLERS.every().items() if kind.kept not in (NOTHING, SCALE)]
"""Those that know more of the points than one scale."""


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_draws_have_the_shape_asked_for_and_repeat_with_the_seed(name, correlated):
    samplers = [fitted(name, correlated) for _ in range(3)]
    first, again, other = (
        sampler.draw(np.random.default_rng(seed), 33, sampler.usual())
        for sampler, seed in zip(samplers, (5, 5, 6), strict=True)
    )
    assert first.shape == (33, 4)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_draws_are_the_same_whether_the_points_are_in_memory_or_not(name, correlated):
    in_blocks = dataclasses.replace(correlated, z_train=InBlocks(correlated.z_train.all()))
    draws = [
        sampler.draw(np.random.default_rng(5), 20, sampler.usual())
        for sampler in (fitted(name, correlated), fitted(name, in_blocks))
    ]
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize("name", FITTED)
def test_constant_components_keep_their_value(name, points_of):
    z = np.random.default_rng(0).standard_normal((300, 3)).astype(np.float32)
    z[:, 1] = 2.5
    sampler = fitted(name, points_of(z))
    draws = sampler.draw(np.random.default_rng(0), 50, sampler.usual())
    np.testing.assert_array_equal(draws[:, 1], np.float32(2.5))
    assert draws[:, 0].std() > 0.1
    assert draws[:, 2].std() > 0.1


@pytest.mark.parametrize("name", FITTED)
def test_with_fewer_points_than_components_correlated_draws_stay_in_the_points_span(name, points_of):
    if not keeps_correlation(name, points_of):
        pytest.skip("draws components independently")
    z = (np.random.default_rng(0).standard_normal((6, 20)) * 3 + 1).astype(np.float32)
    sampler = fitted(name, points_of(z))
    draws = sampler.draw(np.random.default_rng(0), 40, sampler.usual())
    mean = z.mean(0, dtype=np.float64)
    span = np.linalg.svd(z - mean, full_matrices=False)[2][:5]
    offset = draws - mean
    np.testing.assert_allclose(offset, offset @ span.T @ span, atol=1e-4)


def keeps_correlation(name, points_of):
    """Whether the draws' first two components are correlated if those of the points are."""
    shared, *own = np.random.default_rng(0).standard_normal((4, 400, 1))
    sampler = fitted(name, points_of(np.hstack([shared + 0.1 * part for part in own])))
    draws = sampler.draw(np.random.default_rng(0), 400, sampler.usual())
    return np.corrcoef(draws.T)[0, 1] > 0.5


FEW = {
    "many points": (400, 4),
    "fewer points than components": (6, 20),
    "one component": (40, 1),
    "three points": (3, 3),
}


@pytest.mark.parametrize("cloud", FEW)
@pytest.mark.parametrize("name", SAMPLERS.names())
def test_levels_of_different_names_are_different_draws(name, cloud, points_of):
    """Whatever the points allow: a level that comes to the same as another has no name of its own."""
    sampler = fitted(name, points_of(np.random.default_rng(0).gamma(2.0, 1.0, FEW[cloud]) + 1))
    levels = sampler.levels()
    drawn = {level_label(level): sampler.draw(np.random.default_rng(0), 40, level) for level in levels}
    assert len(drawn) == len(levels)
    assert all(np.isfinite(z).all() for z in drawn.values())
    for first, second in itertools.combinations(drawn, 2):
        assert (drawn[first] != drawn[second]).any(), (first, second)
    configured = {level_label(level) for level in sampler.config.levels()}
    assert set(sampler.reduced()) == configured - set(drawn)
    assert set(sampler.reduced().values()) <= set(drawn)
    assert bool(sampler.limit()) or not sampler.reduced()
    assert [sampler.attainable(level) for level in levels] == list(levels)
