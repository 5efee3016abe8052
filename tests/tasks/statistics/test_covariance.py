from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from tasks.statistics.covariance import (
    correlation,
    independent_inflation,
    invert,
    ledoit_wolf,
    principal_axes,
    variance_inflation,
    whitening_factor,
)
from tasks.statistics.moments import merge, moments_of


def mixed(count: int, components: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, components)) @ rng.standard_normal((components, components)) + 3.0


def test_correlation_agrees_with_numpy() -> None:
    z = mixed(200, 6)
    moments = moments_of(z)
    result = correlation(moments.covariance(), moments.varies)
    np.testing.assert_allclose(result, np.corrcoef(z, rowvar=False), atol=1e-14)
    np.testing.assert_array_equal(np.diagonal(result), 1)


def test_constant_components_have_no_correlation() -> None:
    z = mixed(50, 3)
    z[:, 1] = 2.0
    moments = moments_of(z)
    result = correlation(moments.covariance(), moments.varies)
    assert np.isnan(result[1]).all()
    assert np.isnan(result[:, 1]).all()
    assert np.isfinite(result[np.ix_([0, 2], [0, 2])]).all()


def test_principal_axes_rebuild_the_covariance() -> None:
    covariance = np.cov(mixed(300, 7), rowvar=False)
    values, axes = principal_axes(covariance)
    np.testing.assert_allclose(axes * values @ axes.T, covariance, atol=1e-12 * values[0])
    np.testing.assert_allclose(axes.T @ axes, np.eye(7), atol=1e-12)
    assert np.all(np.diff(values) <= 0)
    assert np.all(axes[np.abs(axes).argmax(axis=0), np.arange(7)] > 0)


@pytest.mark.parametrize(("count", "components"), [(10, 4), (30, 40), (500, 8), (3, 20)])
def test_shrinkage_agrees_with_scikit_learn(count: int, components: int) -> None:
    z = mixed(count, components, seed=count)
    moments = merge(moments_of(z[: count // 3]), moments_of(z[count // 3 :]))
    expected = LedoitWolf(block_size=1000).fit(z)
    shrinkage = ledoit_wolf(moments.scatter, float(moments.quartic), count)
    assert shrinkage == pytest.approx(expected.shrinkage_, rel=1e-9)


@pytest.mark.parametrize("count", [12, 60])
def test_few_points_are_inverted_with_shrinkage(count: int) -> None:
    z = mixed(count, 12, seed=count)
    inverse = invert(moments_of(z))
    assert inverse.estimate == "ledoit_wolf"
    assert "not more than 5" in inverse.reason
    # scikit-learn divides by n where covariance here divides by n − 1.
    expected = LedoitWolf().fit(z).precision_ * (count - 1) / count
    np.testing.assert_allclose(inverse.precision, expected, rtol=1e-8)
    np.testing.assert_allclose(inverse.precision, inverse.factor @ inverse.factor.T, rtol=1e-12)


def test_many_points_are_inverted_as_they_are() -> None:
    z = mixed(61, 12)
    inverse = invert(moments_of(z))
    assert (inverse.estimate, inverse.shrinkage, inverse.reason) == ("sample", 0.0, "")
    np.testing.assert_allclose(inverse.precision, np.linalg.inv(np.cov(z, rowvar=False)), rtol=1e-8)


def test_a_repeated_component_is_shrunk_and_named() -> None:
    z = mixed(500, 4)
    inverse = invert(moments_of(np.concatenate([z, z[:, :1]], axis=1)))
    assert inverse.estimate == "ledoit_wolf"
    assert "condition" in inverse.reason
    assert 0 < inverse.shrinkage < 0.1


def test_units_do_not_make_a_covariance_ill_conditioned() -> None:
    inverse = invert(moments_of(mixed(500, 3) * [3e-6, 1.0, 1.0]))
    assert np.linalg.cond(inverse.covariance) > 1e10
    assert inverse.estimate == "sample"


def test_constant_components_are_left_out_of_the_inverse() -> None:
    z = mixed(100, 4)
    z[:, 2] = -1.0
    inverse = invert(moments_of(z))
    rest = [0, 1, 3]
    assert not inverse.precision[2].any()
    np.testing.assert_allclose(
        inverse.precision[np.ix_(rest, rest)], np.linalg.inv(np.cov(z[:, rest], rowvar=False)), rtol=1e-9
    )


def test_two_points_repeated_can_be_inverted() -> None:
    z = np.repeat([[1.0, 2.0, 3.0], [2.0, 4.0, 1.0]], 20, axis=0)
    inverse = invert(moments_of(z))
    assert np.isfinite(inverse.precision).all()
    assert inverse.shrinkage > 0


def test_one_component() -> None:
    z = mixed(50, 1)
    inverse = invert(moments_of(z))
    assert inverse.precision[0, 0] == pytest.approx(1 / z.var(ddof=1))
    assert inverse.condition == 1.0


def test_whitening_makes_the_covariance_the_identity() -> None:
    covariance = np.cov(mixed(80, 5), rowvar=False)
    factor = whitening_factor(covariance)
    np.testing.assert_allclose(factor.T @ covariance @ factor, np.eye(5), atol=1e-10)
    with pytest.raises(np.linalg.LinAlgError):
        whitening_factor(np.array([[1.0, 0.0], [0.0, 0.0]]))


def test_variance_inflation_is_that_of_regressions() -> None:
    z = mixed(200, 4)
    moments = moments_of(z)
    inflation = variance_inflation(moments.covariance(), invert(moments).precision, moments.varies)
    others = np.column_stack([z[:, 1:], np.ones(200)])
    residual = z[:, 0] - others @ np.linalg.lstsq(others, z[:, 0], rcond=None)[0]
    unexplained = np.sum(residual**2) / np.sum((z[:, 0] - z[:, 0].mean()) ** 2)
    assert inflation[0] == pytest.approx(1 / unexplained, rel=1e-9)


def test_variance_inflation_of_a_pair() -> None:
    rho = 0.6
    covariance = np.array([[4.0, 2 * rho], [2 * rho, 1.0]])
    inflation = variance_inflation(covariance, np.linalg.inv(covariance), np.array([True, True]))
    np.testing.assert_allclose(inflation, 1 / (1 - rho**2))


def test_expected_inflation_agrees_with_simulation() -> None:
    rng = np.random.default_rng(0)
    count, components, means = 80, 10, []
    for _ in range(300):
        covariance = np.cov(rng.standard_normal((count, components)), rowvar=False)
        means.append(np.mean(np.diagonal(covariance) * np.diagonal(np.linalg.inv(covariance))))
    expected = independent_inflation(np.ones(components), count, rng)
    assert expected == pytest.approx((80 - 3) / (80 - 10 - 2))
    assert np.mean(means) == pytest.approx(expected, rel=0.01)


def test_expected_inflation_of_few_points_is_simulated_with_their_shrinkage() -> None:
    value = independent_inflation(np.ones(20), 30, np.random.default_rng(0))
    assert value == independent_inflation(np.ones(20), 30, np.random.default_rng(0))
    # Independent data of equal variances are shrunk almost to the identity.
    assert value == pytest.approx(1.0, abs=0.15)
