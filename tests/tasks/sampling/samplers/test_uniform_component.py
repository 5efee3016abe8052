import numpy as np
import pytest
from scipy import stats

from tasks.sampling.samplers.uniform_component import UniformComponent, UniformComponentConfig


@pytest.mark.parametrize("fact", [0.25, 2.0])
def test_each_component_is_uniform_about_its_centre(correlated, fact):
    draws = UniformComponent(correlated, UniformComponentConfig(), 1).draw(
        np.random.default_rng(0), 20_000, {"fact": fact}
    )
    for j in range(4):
        reach = fact * correlated.half_width[j]
        interval = stats.uniform(correlated.centre[j] - reach, 2 * reach)
        assert stats.kstest(draws[:, j], interval.cdf).pvalue > 1e-3
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 5 / np.sqrt(20_000)
