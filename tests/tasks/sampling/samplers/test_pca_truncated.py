import numpy as np
import pytest

from tasks.sampling.samplers.pca_truncated import PcaTruncated, PcaTruncatedConfig
from tasks.stage.errors import InputError


def test_covariance_is_that_of_the_leading_axes_alone(correlated, assert_covariance):
    draws = PcaTruncated(correlated, PcaTruncatedConfig(), 1).draw(np.random.default_rng(0), 30_000, {"k": 2})
    eigenvalue, eigenvector = np.linalg.eigh(correlated.covariance)
    leading = (eigenvector[:, 2:] * eigenvalue[2:]) @ eigenvector[:, 2:].T
    assert_covariance(draws, correlated.mean, leading)
    across = (draws - correlated.mean) @ eigenvector[:, :2]
    assert np.abs(across).max() < 1e-5


def test_more_axes_than_there_are_mean_all_of_them_once(correlated):
    sampler = PcaTruncated(correlated, PcaTruncatedConfig(k=(1, 9, 4, 32)), 1)
    assert sampler.levels() == ({"k": 1}, {"k": 4})
    assert sampler.reduced() == {"k=9": "k=4", "k=32": "k=4"}
    assert sampler.usual() == {"k": 4}
    with pytest.raises(InputError, match="k=9 is not possible: the training points have 4 main axes; use k=4"):
        sampler.requested({"k": 9})
    eigenvalue = np.linalg.eigvalsh(correlated.covariance)
    share = {"k=1": pytest.approx(eigenvalue[-1] / eigenvalue.sum()), "k=4": pytest.approx(1)}
    assert sampler.facts() == {"variance_share": share}
