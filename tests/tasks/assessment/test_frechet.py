import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import rows
from storage.arrays import create_array, open_for_writing
from storage.rows import StoredRows
from tasks.assessment.frechet import FEWEST_DEBIASED, Normal, alike, debiased, fit, squared_frechet_distance
from tasks.finished.estimates import estimate


def test_in_one_dimension_it_is_the_difference_of_means_and_of_deviations():
    # (m1 - m2)^2 + (s1 - s2)^2 with means 0, 3 and standard deviations 1, 5
    first, second = Normal(np.array([0.0]), np.array([[1.0]])), Normal(np.array([3.0]), np.array([[5.0]]))
    assert squared_frechet_distance(first, second) == pytest.approx(9 + 16)


def test_commuting_covariances_differ_by_their_deviations():
    turn = scipy.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    first, second = np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 1.0])
    distance = squared_frechet_distance(
        Normal(np.zeros(3), np.diag(first) @ turn), Normal(np.array([0.0, 0, 2]), np.diag(second) @ turn)
    )
    assert distance == pytest.approx(4 + np.square(first - second).sum())


@pytest.mark.parametrize(("rows", "other_rows"), [(200, 300), (30, 400), (12, 15)])
def test_it_agrees_with_the_matrix_square_root_of_scipy(rows, other_rows):
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, 20)) @ rng.normal(size=(20, 20))
    y = rng.normal(size=(other_rows, 20)) + 0.3
    # Few rows make singular covariances, whose product sqrtm finds only to about the root of the precision.
    a, b = np.cov(x.T), np.cov(y.T)
    root = np.real(scipy.linalg.sqrtm(a @ b + (1e-9 * np.eye(20) if min(rows, other_rows) < 21 else 0)))
    expected = np.square(x.mean(0) - y.mean(0)).sum() + np.trace(a + b - 2 * root)
    assert squared_frechet_distance(fit(x), fit(y)) == pytest.approx(expected, rel=2e-4 if rows < 21 else 1e-8)


@settings(max_examples=40)
@given(st.integers(2, 40), st.integers(1, 30), st.integers(0, 2**32))
def test_a_set_is_at_distance_zero_from_itself_and_sides_can_be_swapped(rows, features, seed):
    rng = np.random.default_rng(seed)
    x, y = (rng.normal(3, 2, (rows, features)).astype(np.float32) for _ in range(2))
    assert squared_frechet_distance(fit(x), fit(x.copy())) == pytest.approx(0, abs=1e-10)
    forth, back = squared_frechet_distance(fit(x), fit(y)), squared_frechet_distance(fit(y), fit(x))
    assert forth >= 0
    assert forth == pytest.approx(back, rel=1e-9, abs=1e-10)


def test_a_shift_counts_by_its_square_only():
    x = np.random.default_rng(4).normal(size=(50, 8))
    assert squared_frechet_distance(fit(x), fit(x + 0.5)) == pytest.approx(8 * 0.25)


def test_the_root_gives_the_covariance_back():
    x = np.random.default_rng(5).normal(size=(9, 14)).astype(np.float32)
    normal = fit(x)
    assert normal.root.shape == (9, 14)
    np.testing.assert_allclose(normal.root.T @ normal.root, np.cov(x.T.astype(np.float64)), atol=1e-12)


def test_too_few_or_unlike_values_are_refused():
    with pytest.raises(ValueError, match="two or more"):
        fit(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="3 and 4 features"):
        squared_frechet_distance(fit(np.eye(3)), fit(np.eye(4)))


def standard(features: int) -> Normal:
    return Normal(np.zeros(features), np.eye(features))


@pytest.mark.parametrize(("features", "rows"), [(20, 500), (64, 500), (20, 1000), (64, 1000), (20, 5000)])
def test_draws_of_the_reference_itself_are_at_a_distance_of_0_once_the_bias_is_off(features, rows):
    rng, reference = np.random.default_rng(features + rows), standard(features)
    draws = [rng.standard_normal((rows, features)) for _ in range(20)]
    biased = np.mean([squared_frechet_distance(fit(draw), reference) for draw in draws])
    unbiased = np.mean([debiased(np.array_split(draw, 8), reference).mean() for draw in draws])
    assert abs(unbiased) < 0.1
    assert abs(unbiased) < 0.05 * biased


def test_disjoint_halves_of_one_set_of_unequal_variances_differ_by_0():
    # As features are: a few directions carry the variance.
    scale, rng = 1 / np.arange(1, 65), np.random.default_rng(6)
    values = []
    for _ in range(10):
        first, second = rng.standard_normal((2, 6000, 64)) * scale
        values.append(debiased(np.split(first[:1000], 8), fit(second)).mean())
        # The reference is of finite size too, which only its own number takes off.
        assert values[-1] < squared_frechet_distance(fit(first[:1000]), fit(second))
    assert abs(np.mean(values)) < 0.02 * np.square(scale).sum()


@pytest.mark.parametrize(("rows", "shift"), [(504, 0.0), (504, 0.5), (2000, 0.2)])
def test_its_intervals_hold_the_squared_shift_of_the_mean_in_at_least_90_of_100_repetitions(rows, shift):
    rng, reference = np.random.default_rng(rows), standard(12)
    held = 0
    for _ in range(200):
        draw = rng.standard_normal((rows, 12))
        draw[:, 0] += shift
        found = estimate(debiased(np.split(draw, 8), reference).tolist())
        held += found.low <= shift**2 <= found.high
    assert held >= 180


def test_the_mean_of_the_pseudo_values_is_the_jackknife_by_hand():
    rng, reference = np.random.default_rng(7), standard(3)
    first, second = rng.standard_normal((2, 300, 3))

    def distance(*draws: np.ndarray) -> float:
        return squared_frechet_distance(fit(np.concatenate(draws)), reference)

    # Two draws of n: 2·FD(2n) minus the mean FD of either half.
    expected = 2 * distance(first, second) - (distance(first) + distance(second)) / 2
    assert debiased([first, second], reference).mean() == pytest.approx(expected, rel=1e-9)


def test_no_debiased_value_is_given_for_fewer_than_500_rows():
    rows = np.random.default_rng(8).standard_normal((FEWEST_DEBIASED, 5))
    few = debiased(np.array_split(rows[1:], 8), standard(5))
    assert few.shape == (8,)
    assert np.isnan(few).all()
    assert np.isfinite(debiased(np.array_split(rows, 8), standard(5))).all()


def test_noise_on_the_reconstructions_is_farther_from_them_and_never_nearer():
    rng = np.random.default_rng(9)
    known = rng.standard_normal((3000, 10)) / np.arange(1, 11)
    for noise in (0.1, 0.3):
        values = [
            debiased(
                np.split(known[rng.permutation(3000)[:1000]] + rng.normal(0, size, (1000, 10)), 8), fit(known)
            ).mean()
            for size in (0, noise)
        ]
        assert values[0] < 0.1 * values[1]


def test_more_features_than_rows_are_no_trouble():
    rng = np.random.default_rng(10)
    draws = np.split(rng.standard_normal((504, 700)), 8)
    values = debiased(draws, fit(rng.standard_normal((600, 700))))
    assert np.isfinite(values).all()


def test_sets_are_alike_if_they_share_mean_and_covariance():
    rng = np.random.default_rng(11)
    known, same = rng.standard_normal((2, 2000, 6))
    assert alike(StoredRows(same[:300]), StoredRows(known))
    assert not alike(StoredRows(same[:300] + 0.3), StoredRows(known))
    assert not alike(StoredRows(same[:300] * 1.5), StoredRows(known))
    constant = np.ones((50, 6))
    assert alike(StoredRows(constant[:20]), StoredRows(constant))
    assert not alike(StoredRows(constant[:20] + 1), StoredRows(constant))


def test_values_in_blocks_have_the_moments_of_values_in_memory(tmp_path, monkeypatch):
    values = np.random.default_rng(12).standard_normal((90, 5)).astype(np.float32) @ np.diag([1, 2, 3, 4, 5]) + 7
    array = create_array(
        open_for_writing(tmp_path / "f.zarr"), "f", values.shape, np.float32, ("row", "feature"), (8, 5)
    )
    array[...] = values
    for name in ("RESIDENT_VALUES", "BLOCK_VALUES"):
        monkeypatch.setattr(rows, name, 0)
    found = fit(StoredRows(array))
    exact = values.astype(np.float32).astype(np.float64)
    np.testing.assert_allclose(found.mean, exact.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.root.T @ found.root, np.cov(exact.T), rtol=1e-10)
