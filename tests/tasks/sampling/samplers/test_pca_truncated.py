import logging

import numpy as np
import pytest

from tasks.sampling.samplers.pca_truncated import PcaTruncated, PcaTruncatedConfig


def test_covariance_is_that_of_the_leading_axes_alone(correlated, assert_covariance):
    draws = PcaTruncated(correlated, PcaTruncatedConfig(), 1).draw(np.random.default_rng(0), 30_000, {"k": 2})
    eigenvalue, eigenvector = np.linalg.eigh(correlated.covariance)
    leading = (eigenvector[:, 2:] * eigenvalue[2:]) @ eigenvector[:, 2:].T
    assert_covariance(draws, correlated.mean, leading)
    across = (draws - correlated.mean) @ eigenvector[:, :2]
    assert np.abs(across).max() < 1e-5


def test_more_axes_than_there_are_mean_all_of_them_and_that_is_said(correlated, caplog):
    sampler = PcaTruncated(correlated, PcaTruncatedConfig(k=(1, 9)), 1)
    with caplog.at_level(logging.WARNING, "latentfaces"):
        many = sampler.draw(np.random.default_rng(0), 5, {"k": 9})
    np.testing.assert_array_equal(many, sampler.draw(np.random.default_rng(0), 5, {"k": 4}))
    assert "only 4 main axes, k=9" in caplog.text
    eigenvalue = np.linalg.eigvalsh(correlated.covariance)
    assert sampler.facts() == {
        "axes_taken": {"k=1": 1, "k=9": 4},
        "variance_share": {"k=1": pytest.approx(eigenvalue[-1] / eigenvalue.sum()), "k=9": pytest.approx(1)},
    }
