from __future__ import annotations

import numpy as np
import pytest

from tasks.statistics.dependence import (
    blocks,
    chance_over,
    clustered_order,
    independent_spectra,
    largest_by_chance,
    partial_correlation,
    participation_ratio,
)


def test_partial_correlation_of_a_chain_vanishes_between_its_ends() -> None:
    # x -> y -> z: x and z depend on each other through y only.
    covariance = np.array([[1, 1, 1], [1, 2, 2], [1, 2, 3.0]])
    partial = partial_correlation(np.linalg.inv(covariance), np.ones(3, bool))
    assert partial[0, 2] == pytest.approx(0, abs=1e-12)
    assert partial[0, 1] == pytest.approx(0.5)


def test_partial_correlation_is_that_of_regression_residuals() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((400, 6)) @ rng.standard_normal((6, 6))
    partial = partial_correlation(np.linalg.inv(np.cov(z, rowvar=False)), np.ones(6, bool))
    others = np.column_stack([np.ones(400), z[:, 2:]])
    residual = z[:, :2] - others @ np.linalg.lstsq(others, z[:, :2], rcond=None)[0]
    assert partial[0, 1] == pytest.approx(np.corrcoef(residual, rowvar=False)[0, 1])


def test_clustering_puts_planted_blocks_side_by_side() -> None:
    rng = np.random.default_rng(1)
    block = rng.permutation(np.repeat([0, 1, 2], 5))
    z = rng.standard_normal((3000, 3))[:, block] * rng.choice([-1, 1], 15) + 0.5 * rng.standard_normal((3000, 15))
    varies = np.ones(16, bool)
    varies[7] = False
    correlation = np.full((16, 16), np.nan)
    correlation[np.ix_(varies, varies)] = np.corrcoef(z, rowvar=False)
    order = clustered_order(correlation, varies)
    assert sorted(order) == list(range(16))
    assert order[-1] == 7
    labels = np.insert(block, 7, -1)[order[:-1]]
    assert np.count_nonzero(np.diff(labels)) == 2
    found = blocks(correlation, varies)
    assert found[7] == -1
    assert sorted(np.bincount(found[varies])) == [5, 5, 5]
    assert all(len(set(found[varies][block == own])) == 1 for own in range(3))


def test_independent_components_form_no_blocks() -> None:
    z = np.random.default_rng(3).standard_normal((500, 12))
    assert set(blocks(np.corrcoef(z, rowvar=False), np.ones(12, bool))) == {-1}
    assert list(blocks(np.full((2, 2), np.nan), np.array([True, False]))) == [-1, -1]


def test_blocks_come_largest_first() -> None:
    correlation = np.eye(6)
    correlation[:2, :2] = correlation[3:, 3:] = 0.8
    np.fill_diagonal(correlation, 1)
    assert list(blocks(correlation, np.ones(6, bool))) == [1, 1, -1, 0, 0, 0]


def test_chance_counts_are_those_of_independent_points() -> None:
    rng = np.random.default_rng(2)
    found = [np.corrcoef(rng.standard_normal((2, 30)))[0, 1] for _ in range(20_000)]
    for threshold in (0.1, 0.3, 0.5):
        expected = chance_over(threshold, 30)
        assert np.mean(np.abs(found) > threshold) == pytest.approx(expected, abs=4 * np.sqrt(expected / 20_000))
    largest = np.abs(found).reshape(200, 100).max(axis=1)
    assert np.mean(largest < largest_by_chance(100, 30)) == pytest.approx(0.5, abs=0.15)


def test_participation_ratio_counts_equal_axes() -> None:
    assert participation_ratio(np.array([2.0, 2, 2, 0])) == pytest.approx(3)
    assert participation_ratio(np.array([1.0, 0, 0])) == 1
    assert np.isnan(participation_ratio(np.zeros(3)))


def test_two_components_and_fewer_are_in_order() -> None:
    assert list(clustered_order(np.eye(2), np.ones(2, bool))) == [0, 1]
    assert list(clustered_order(np.full((1, 1), np.nan), np.zeros(1, bool))) == [0]


@pytest.mark.parametrize(("components", "count"), [(12, 60), (12, 8)])
def test_simulated_spectra_are_those_of_correlations_of_points(components: int, count: int) -> None:
    rng = np.random.default_rng(4)
    drawn = independent_spectra(components, count, 800, rng)
    points = (np.corrcoef(rng.standard_normal((count, components)), rowvar=False) for _ in range(800))
    plain = np.array([np.linalg.eigvalsh(one)[::-1] for one in points])
    np.testing.assert_allclose(drawn.sum(axis=1), components)
    error = np.sqrt((drawn.var(axis=0) + plain.var(axis=0)) / 800) + 1e-9
    assert np.all(np.abs(drawn.mean(axis=0) - plain.mean(axis=0)) < 4.5 * error)
    # E Σλ² = v + v(v − 1)/(n − 1).
    expected = components + components * (components - 1) / (count - 1)
    assert np.mean(np.sum(drawn**2, axis=1)) == pytest.approx(expected, rel=0.03)
