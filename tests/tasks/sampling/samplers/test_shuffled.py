import numpy as np
from scipy import stats

from tasks.sampling.samplers.shuffled import Shuffled, ShuffledConfig


def test_every_component_has_its_own_values_equally_often(correlated):
    draws = Shuffled(correlated, ShuffledConfig(), 1).draw(np.random.default_rng(0), 40_000, {})
    for j in range(4):
        values, own = np.unique(correlated.z_train.all()[:, j], return_counts=True)
        drawn, counts = np.unique(draws[:, j], return_counts=True)
        np.testing.assert_array_equal(drawn, values)
        assert stats.chisquare(counts, own * 100).pvalue > 1e-3


def test_components_are_drawn_independently(correlated):
    assert np.abs(np.corrcoef(correlated.z_train.all().T) - np.eye(4)).max() > 0.5
    draws = Shuffled(correlated, ShuffledConfig(), 1).draw(np.random.default_rng(0), 40_000, {})
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 5 / np.sqrt(40_000)
