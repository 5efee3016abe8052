import numpy as np
import pytest

from tasks.sampling.distance import squared_if_normal, squared_if_uniform


def test_the_unit_intervals_square_has_the_moments_of_the_textbook():
    # E x² = 1/3 and E x⁴ = 1/5 on [−1, 1]; components add up.
    assert squared_if_uniform(np.zeros(5), np.ones(5)) == pytest.approx((5 / 3, 5 * (1 / 5 - 1 / 9)))


def test_a_standard_normal_point_is_chi_square():
    assert squared_if_normal(np.zeros(7), np.eye(7)) == pytest.approx((7, 14))


def test_a_shifted_normal_point_is_noncentral_chi_square():
    # Mean d + λ and variance 2 (d + 2λ) with λ = |a|².
    assert squared_if_normal(np.array([3.0, 0.0]), np.eye(2)) == pytest.approx((2 + 9, 2 * (2 + 18)))


def test_a_constant_lies_where_it_lies():
    assert squared_if_uniform(np.array([3.0, 4.0]), np.zeros(2)) == (25, 0)
