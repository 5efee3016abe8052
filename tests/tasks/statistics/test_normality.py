from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from scipy.spatial.distance import cdist
from sklearn.datasets import load_iris

from tasks.statistics.normality import (
    joint_p,
    nested,
    normal_sample,
    p_values,
    shapiro_wilk,
    simulated_null,
    statistics,
)

SETOSA = load_iris().data[:50]


def test_published_results_on_iris_setosa() -> None:
    """Korkmaz, Goksuluk & Zararsiz 2014, MVN: an R package, The R Journal 6(2)."""
    found = statistics(SETOSA)
    assert found.skewness == pytest.approx(3.079721, abs=1e-6)
    assert found.kurtosis == pytest.approx(26.53766, abs=1e-5)
    assert found.henze_zirkler == pytest.approx(0.9488453, abs=1e-7)


def test_mardias_transformations_of_iris_setosa() -> None:
    """n b1/6 is chi-square and b2 is normal for large n; both and their p-values are given in the same paper."""
    found = statistics(SETOSA)
    chi_square = 50 * found.skewness / 6
    z = (found.kurtosis - 4 * 6) / np.sqrt(8 * 4 * 6 / 50)
    assert chi_square == pytest.approx(25.66435, abs=1e-5)
    assert scipy.stats.chi2.sf(chi_square, 20) == pytest.approx(0.1771859, abs=1e-6)
    assert z == pytest.approx(1.294992, abs=1e-5)
    assert 2 * scipy.stats.norm.sf(z) == pytest.approx(0.1953229, abs=1e-6)


def test_simulated_p_of_iris_setosa_is_near_the_published_one() -> None:
    """The paper's 0.04995356 is Henze and Zirkler's lognormal approximation."""
    null = simulated_null(50, (4,), 4, None, 1999, np.random.default_rng(0))
    p = p_values(nested(SETOSA, (4,)), null)[0]
    assert p[2] == pytest.approx(0.04995356, abs=0.015)


def test_statistics_as_their_definitions_write_them() -> None:
    """Double sums over all pairs, Mardia 1970 eq. 2.23 and Henze & Zirkler 1990 eq. 2.5."""
    x = np.random.default_rng(7).gamma(3.0, size=(90, 3))
    count, k = x.shape
    y = x - x.mean(axis=0)
    inner = y @ np.linalg.inv(np.cov(x, rowvar=False, ddof=0)) @ y.T
    apart = np.diagonal(inner)[:, None] + np.diagonal(inner) - 2 * inner
    beta = 2**-0.5 * ((2 * k + 1) * count / 4) ** (1 / (k + 4))
    near = np.exp(-(beta**2) / (2 * (1 + beta**2)) * np.diagonal(inner))
    henze_zirkler = np.exp(-(beta**2) / 2 * apart).sum() / count - 2 * (1 + beta**2) ** (-k / 2) * near.sum()
    henze_zirkler += count * (1 + 2 * beta**2) ** (-k / 2)
    expected = (inner**3).sum() / count**2, (np.diagonal(inner) ** 2).mean(), henze_zirkler
    np.testing.assert_allclose(statistics(x), expected, rtol=1e-9)
    assert apart[3, 8] == pytest.approx(
        cdist(x[[3]], x[[8]], "mahalanobis", VI=np.linalg.inv(np.cov(x.T, ddof=0))) ** 2
    )


def test_one_dimension_is_scipys_skewness_and_kurtosis() -> None:
    x = np.random.default_rng(0).gamma(2.0, size=(300, 1))
    found = statistics(x)
    assert found.skewness == pytest.approx(scipy.stats.skew(x[:, 0]) ** 2)
    assert found.kurtosis == pytest.approx(scipy.stats.kurtosis(x[:, 0], fisher=False))


def test_statistics_do_not_depend_on_the_coordinates() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_t(5, (200, 3))
    turned = x @ (rng.standard_normal((3, 3)) + 2 * np.eye(3)) * [1e6, 1, 1e-6] + 7
    np.testing.assert_allclose(statistics(turned), statistics(x), rtol=1e-6)


def test_points_in_a_hyperplane_are_refused() -> None:
    x = np.random.default_rng(2).standard_normal((50, 2))
    with pytest.raises(np.linalg.LinAlgError):
        statistics(np.column_stack([x, x.sum(axis=1)]))
    with pytest.raises(np.linalg.LinAlgError):
        statistics(np.ones((50, 2)))


def trimmed(rng: np.random.Generator, count: int, components: int, share: float) -> np.ndarray:
    """A normal sample in full, cut by its distances: what ``normal_sample`` draws coordinates of."""
    z = rng.standard_normal((3 * count, components))
    return z[np.sum(z**2, axis=1) < scipy.stats.chi2.ppf(share, components)][:count]


@pytest.mark.parametrize("components", [3, 5])
def test_trimmed_coordinates_are_those_of_a_trimmed_cloud(components: int) -> None:
    rng = np.random.default_rng(2)
    drawn = normal_sample(20_000, 3, components, 0.6, rng)
    cut = trimmed(rng, 20_000, components, 0.6)[:, :3]
    assert len(cut) == 20_000
    assert scipy.stats.ks_2samp(np.sum(drawn**2, axis=1), np.sum(cut**2, axis=1)).pvalue > 0.001
    assert scipy.stats.ks_2samp(drawn[:, 0], cut[:, 0]).pvalue > 0.001
    # Trimming shrinks every variance by P(chi-square of v + 2 < c)/share.
    shrunk = scipy.stats.chi2.cdf(scipy.stats.chi2.ppf(0.6, components), components + 2) / 0.6
    np.testing.assert_allclose(drawn.var(axis=0), shrunk, rtol=0.04)


@pytest.mark.parametrize(("components", "share"), [(3, None), (20, 0.9), (3, 0.75)])
def test_true_normals_are_rejected_as_often_as_the_level_says(components: int, share: float | None) -> None:
    """Also where they have been trimmed; against an untrimmed null the last would be rejected nearly always."""
    rng = np.random.default_rng(3)
    draws, simulations, count, dimensions = 500, 999, 60, (2, 3)
    null = simulated_null(count, dimensions, components, share, simulations, rng)
    mixing = np.array([[2, 0.3, 0], [0, 1, 0.5], [0, 0, 0.2]])
    rejected, jointly = np.zeros((2, 3)), 0
    for _ in range(draws):
        cloud = trimmed(rng, count, components, share) if share else rng.standard_normal((count, components))
        found = nested(cloud[:, :3] @ mixing, dimensions)
        rejected += p_values(found, null) <= 0.05
        jointly += joint_p(found, null) <= 0.05
    # With one null for all draws the level itself is random, Beta(50, 950), so their number is beta-binomial.
    least, most = scipy.stats.betabinom(draws, 50, 950).interval(0.9995)
    assert np.all((rejected >= least) & (rejected <= most))
    assert least <= jointly <= most


def test_an_untrimmed_null_would_reject_trimmed_normals() -> None:
    rng = np.random.default_rng(4)
    null = simulated_null(300, (3,), 3, None, 99, rng)
    found = nested(trimmed(rng, 300, 3, 0.75), (3,))
    assert found[0, 1] < null[:, 0, 1].min()
    assert p_values(found, null)[0, 1] == 2 / 100


@pytest.mark.parametrize("kind", ["exponential", "heavy-tailed", "mixed"])
def test_what_is_not_normal_is_rejected(kind: str) -> None:
    rng = np.random.default_rng(4)
    null = simulated_null(300, (2,), 2, None, 199, rng)
    x = {
        "exponential": rng.exponential(size=(300, 2)),
        "heavy-tailed": rng.standard_normal((300, 2)) * np.sqrt(3 / rng.chisquare(3, (300, 1))),
        "mixed": rng.standard_normal((300, 2)) + 4 * rng.integers(0, 2, (300, 1)),
    }[kind]
    found = nested(x, (2,))
    p = p_values(found, null)[0]
    assert p[2] == 1 / 200
    assert joint_p(found, null) == 1 / 200
    # Two far heaps are flatter than a normal distribution, the others more peaked.
    assert joint_p(found, null, ("kurtosis",)) < 0.05
    assert (found[0, 1] < null[:, 0, 1].mean()) == (kind == "mixed")


def test_p_values_count_what_is_as_extreme() -> None:
    null = np.tile(np.arange(1.0, 20.0)[:, None, None], (1, 1, 3))
    np.testing.assert_allclose(p_values(np.full((1, 3), 19.0), null)[0], [2 / 20, 4 / 20, 2 / 20])
    np.testing.assert_allclose(p_values(np.full((1, 3), 0.5), null)[0], [1, 2 / 20, 1])
    np.testing.assert_allclose(p_values(np.full((1, 3), 10.0), null)[0], [11 / 20, 1, 11 / 20])


def test_shapiro_wilk_is_scipys_whatever_the_unit() -> None:
    x = np.random.default_rng(6).gamma(4.0, size=(120, 3))
    x[:, 1] = 2.5
    w, p = shapiro_wilk(x * 1e-9 + 1e-3)
    expected = scipy.stats.shapiro(x[:, 0])
    assert w[0] == pytest.approx(expected.statistic, rel=1e-5)
    assert p[0] == pytest.approx(expected.pvalue, rel=1e-3)
    assert np.isnan([w[1], p[1]]).all()
