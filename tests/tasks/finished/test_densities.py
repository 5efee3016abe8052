"""Each is what SciPy's statistics, another implementation, give."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tasks.finished.densities import (
    Beta,
    Fisher,
    Gamma,
    chi_square,
    kernel_density,
    normal_beyond,
    rank_correlation,
)

X = np.linspace(0.01, 40, 500)
SHARE = np.array([1e-6, 0.01, 0.5, 0.975, 0.9999])
PAIRS = [
    (Gamma(3.7, 0.6), scipy.stats.gamma(3.7, scale=0.6)),
    (chi_square(64), scipy.stats.chi2(64)),
    (Beta(4, 30.5, 25.0), scipy.stats.beta(4, 30.5, scale=25.0)),
    (Fisher(8, 3000, 8.2), scipy.stats.f(8, 3000, scale=8.2)),
    (Fisher(3, 5), scipy.stats.f(3, 5)),
]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=[str(ours) for ours, _ in PAIRS])
def test_density_and_quantiles(ours, theirs):
    np.testing.assert_allclose(ours.pdf(X), theirs.pdf(X), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(ours.ppf(SHARE), theirs.ppf(SHARE), rtol=1e-9)


def test_tails():
    assert normal_beyond(1e-9) == pytest.approx(scipy.stats.norm.isf(1e-9))
    for statistic in (0.3, 2.0, 30.0):
        assert Fisher(8, 300).sf(statistic) == pytest.approx(scipy.stats.f.sf(statistic, 8, 300), rel=1e-9)


def test_kernel_density():
    values = np.random.default_rng(0).gamma(3.0, size=300)
    expected = scipy.stats.gaussian_kde(values, "silverman")(X)
    np.testing.assert_allclose(kernel_density(values, X), expected, rtol=1e-9, atol=1e-300)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-1, 1)), min_size=2, max_size=12))
def test_rank_correlation_with_ties(pairs):
    first, second = zip(*pairs, strict=True)
    found = rank_correlation(first, second)
    if len({*first}) == 1 or len({*second}) == 1:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(scipy.stats.spearmanr(first, second).statistic, abs=1e-12)
