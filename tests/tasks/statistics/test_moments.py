from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.statistics.moments import Moments, merge, moments_of, no_moments

points = st.tuples(st.integers(1, 40), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(-1e3, 1e3, width=32))
)


def assert_close(actual: Moments, expected: Moments, size: float) -> None:
    assert actual.count == expected.count
    np.testing.assert_array_equal(actual.minimum, expected.minimum)
    np.testing.assert_array_equal(actual.maximum, expected.maximum)
    for name, power in {"mean": 1, "scatter": 2, "cubic": 3, "quartic": 4}.items():
        tolerance = 1e-12 * (size + 1) ** power * max(1, expected.count)
        np.testing.assert_allclose(getattr(actual, name), getattr(expected, name), rtol=0, atol=tolerance)


@given(points, st.lists(st.integers(0, 40), max_size=6))
def test_merging_the_parts_of_any_split_gives_the_whole(z: np.ndarray, cuts: list[int]) -> None:
    whole = no_moments(z.shape[1])
    for part in np.split(z, sorted(min(cut, len(z)) for cut in cuts)):
        whole = merge(whole, moments_of(part))
    assert_close(whole, moments_of(z), float(np.abs(z).max()) * z.shape[1])


@given(points, st.integers(0, 40))
def test_merging_does_not_depend_on_the_order_but_for_rounding(z: np.ndarray, cut: int) -> None:
    first, second = moments_of(z[:cut]), moments_of(z[cut:])
    assert_close(merge(first, second), merge(second, first), float(np.abs(z).max()) * z.shape[1])


def test_moments_by_hand() -> None:
    moments = moments_of(np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 6.0]]))
    np.testing.assert_array_equal(moments.mean, [2, 2])
    np.testing.assert_array_equal(moments.scatter, [[8, 12], [12, 24]])
    # y = (−2,−2), (0,−2), (2,4); |y|² = 8, 4, 20
    np.testing.assert_array_equal(moments.cubic, [-16 + 0 + 40, -16 - 8 + 80])
    assert moments.quartic == 64 + 16 + 400
    np.testing.assert_array_equal(moments.covariance(), [[4, 6], [6, 12]])


def test_a_far_offset_costs_no_accuracy() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((5000, 3))
    whole = no_moments(3)
    for part in np.array_split(z + 1e6, 71):
        whole = merge(whole, moments_of(part))
    # The offset itself rounds the points to 1e-10; the textbook formula Σz² − n·m² would lose nine digits.
    np.testing.assert_allclose(whole.covariance(), np.cov(z, rowvar=False), atol=1e-9)


def test_constant_components_are_named_and_have_no_variance() -> None:
    rng = np.random.default_rng(0)
    z = np.stack([rng.standard_normal(100), np.full(100, 0.1), 1e-8 * rng.standard_normal(100)], axis=1)
    moments = merge(moments_of(z[:37]), moments_of(z[37:]))
    np.testing.assert_array_equal(moments.varies, [True, False, False])
    assert moments.mean[1] == 0.1
    assert not moments.covariance()[1].any()


def test_all_duplicates_do_not_vary() -> None:
    assert not moments_of(np.full((7, 3), 0.3)).varies.any()


def test_a_covariance_of_one_point_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 points"):
        moments_of(np.ones((1, 2))).covariance()


def test_arrays_round_trip() -> None:
    moments = moments_of(np.random.default_rng(0).standard_normal((9, 2)))
    back = Moments.of_arrays(moments.arrays("train_"), "train_")
    np.testing.assert_array_equal(back.scatter, moments.scatter)
    assert back.count == 9
