"""The log density of normal samplers beside SciPy's."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from tasks.sampling.normal_density import normal_log_density


def test_it_is_scipys() -> None:
    rng = np.random.default_rng(0)
    eigenvalue, eigenvector = np.array([4.0, 1.0, 0.25]), np.linalg.qr(rng.standard_normal((3, 3)))[0]
    axes, mean = eigenvector * np.sqrt(eigenvalue), np.array([1.0, 2.0, 3.0])
    z = rng.standard_normal((20, 3))
    assert normal_log_density(z, mean, axes) == pytest.approx(multivariate_normal(mean, axes @ axes.T).logpdf(z))


def test_a_flat_distribution_has_none() -> None:
    assert normal_log_density(np.zeros((2, 3)), np.zeros(3), np.eye(3)[:, :2]) is None
