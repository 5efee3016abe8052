import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import polynomial_kernel

from tasks.assessment import distances
from tasks.assessment.kernel_distance import KernelDistance, kernel_sum, within


def published(x: np.ndarray, y: np.ndarray) -> float:
    """Bińkowski et al. 2018, eq. 4, with scikit-learn's kernel and the sums written out."""
    kernel = {"degree": 3, "gamma": 1 / x.shape[1], "coef0": 1}
    xx, yy, xy = polynomial_kernel(x, **kernel), polynomial_kernel(y, **kernel), polynomial_kernel(x, y, **kernel)
    m, n = len(x), len(y)
    first = (xx.sum() - np.trace(xx)) / (m * (m - 1))
    return first + (yy.sum() - np.trace(yy)) / (n * (n - 1)) - 2 * xy.mean()


@settings(max_examples=30)
@given(st.integers(2, 40), st.integers(2, 40), st.integers(1, 20), st.integers(0, 2**32))
def test_it_is_the_published_formula(m, n, f, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 2, (m, f)), rng.gamma(2, size=(n, f))
    assert KernelDistance(x)(y) == pytest.approx(published(x, y), rel=1e-9, abs=1e-9)


def test_blocks_change_nothing(monkeypatch):
    x, y = np.random.default_rng(0).normal(size=(2, 300, 6))
    whole = kernel_sum(x, y)
    monkeypatch.setattr(distances, "BLOCK_BYTES", 8 * 300 * 7)
    assert kernel_sum(x, y) == pytest.approx(whole, rel=1e-12)


def test_it_is_unbiased_for_small_sets_where_the_frechet_distance_is_not():
    rng = np.random.default_rng(1)
    values = [KernelDistance(rng.normal(size=(60, 10)))(rng.normal(size=(20, 10))) for _ in range(400)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))
    assert min(values) < 0


def test_a_single_point_has_no_distance():
    with pytest.raises(ValueError, match="two or more"):
        within(np.zeros((1, 3)))
