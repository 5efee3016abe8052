import numpy as np

from tasks.sampling.samplers.resampled import Resampled, ResampledConfig


def rows_of(z):
    return sorted(map(tuple, z.tolist()))


def test_draws_are_training_points_none_twice(correlated):
    draws = Resampled(correlated, ResampledConfig(), 1).draw(np.random.default_rng(0), 150, {})
    assert len(set(rows_of(draws))) == 150
    assert set(rows_of(draws)) <= set(rows_of(correlated.z_train.all()))


def test_every_point_comes_once_before_any_comes_again(correlated):
    draws = Resampled(correlated, ResampledConfig(), 1).draw(np.random.default_rng(0), 900, {})
    assert rows_of(draws[:400]) == rows_of(draws[400:800]) == rows_of(correlated.z_train.all())
    assert (draws[:400] != correlated.z_train.all()).any()
    assert (draws[:400] != draws[400:800]).any()
