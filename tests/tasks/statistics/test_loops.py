from __future__ import annotations

import numpy as np
import pytest

from tasks.statistics.distributions import add_counts, bin_counts, bin_edges
from tasks.statistics.loops import about_mean, extent, subtract_mean

SHAPES = [(1, 1), (1, 5), (7, 1), (300, 70)]


def points(shape: tuple[int, int], kind: str) -> np.ndarray:
    """Half of a wider array's columns, so that they do not lie one after another."""
    rows, components = shape
    return (np.random.default_rng(rows).standard_normal((rows, 2 * components)) * 3 + 1).astype(kind)[:, ::2]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("writeable", [True, False])
def test_extent_and_differences_are_numpys(shape: tuple[int, int], kind: str, writeable: bool) -> None:
    z = points(shape, kind)
    z.flags.writeable = writeable
    exact = z.astype(np.float64)
    minimum, maximum, total = np.full((3, shape[1]), np.nan)
    extent(z, minimum, maximum, total)
    np.testing.assert_array_equal(minimum, exact.min(axis=0))
    np.testing.assert_array_equal(maximum, exact.max(axis=0))
    np.testing.assert_allclose(total, exact.sum(axis=0), rtol=1e-12, atol=1e-12)
    y = np.empty(shape)
    subtract_mean(z, exact.mean(axis=0), y)
    np.testing.assert_array_equal(y, exact - exact.mean(axis=0))


@pytest.mark.parametrize("shape", SHAPES)
def test_powers_about_the_mean_are_numpys(shape: tuple[int, int]) -> None:
    points_ = points(shape, "float32")
    exact, mean = points_.astype(np.float64), np.full(shape[1], 0.3)
    z, y, powers = np.empty(shape), np.empty(shape), np.ones((4, shape[1]))
    inside = about_mean(points_, mean, mean - 2, mean + 2, z, y, powers)
    np.testing.assert_array_equal(z, exact)
    np.testing.assert_array_equal(y, exact - mean)
    expected = [1 + np.sum((exact - mean) ** n, axis=0) for n in (1, 2, 3, 4)]
    np.testing.assert_allclose(powers, expected, rtol=1e-12, atol=1e-9)
    assert inside == np.sum(np.all((exact >= mean - 2) & (exact <= mean + 2), axis=1))


def test_bounds_are_inside_and_those_of_a_constant_component_are_infinite() -> None:
    least, most = np.array([0.1, -np.inf]), np.array([0.7, np.inf])
    # 0.1 and 0.7 in float32 are above and below the bounds; their neighbours are beyond them.
    first = np.array([0.1, 0.7], np.float32)
    values = np.array([first[0], np.nextafter(first[0], -1), first[1], np.nextafter(first[1], 1)], np.float32)
    z = np.stack([values, np.full(4, 5, np.float32)], axis=1)
    inside = about_mean(z, np.zeros(2), least, most, np.empty((4, 2)), np.empty((4, 2)), np.zeros((4, 2)))
    assert inside == np.sum((values.astype(np.float64) >= 0.1) & (values.astype(np.float64) <= 0.7)) == 2


@pytest.mark.parametrize("value", [-1.5, 1.0001, 1e30, -np.inf, np.nan])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_values_beyond_the_edges_are_refused_and_change_nothing(value: float, kind: str) -> None:
    edges = bin_edges(np.zeros(3), np.ones(3), 50)
    z = np.full((4, 3), 0.5, kind)
    z[2, 1] = value
    histogram = np.zeros((3, 50), np.int64)
    with pytest.raises(ValueError, match="1 values lie beyond"):
        add_counts(z, edges, histogram)
    assert histogram.sum() == 11
    assert histogram[:, 25].tolist() == [4, 3, 4]


def test_counts_of_one_row_and_of_read_only_edges() -> None:
    edges = bin_edges(np.zeros(2), np.ones(2), 4)
    edges.flags.writeable = False
    assert bin_counts(np.array([[0.0, 1.0]]), edges).tolist() == [[1, 0, 0, 0], [0, 0, 0, 1]]
