from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from tasks.statistics.distributions import (
    NORMAL_HALF_WIDTH,
    bin_counts,
    bin_edges,
    centre_and_half_width,
    gaussian_fit_distance,
    histogram_quantile,
    silverman_bandwidth,
    smoothed,
)


def histogram_of(z: np.ndarray, bins: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    edges = bin_edges(z.min(axis=0), z.max(axis=0), bins)
    return bin_counts(z, edges), edges, z.std(axis=0, ddof=min(1, len(z) - 1))


coarse = st.integers(-50, 50).map(lambda k: k / 10)
fine = st.floats(-1e3, 1e3, width=32)


@given(
    st.tuples(st.integers(1, 60), st.integers(1, 4)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.one_of(coarse, fine))
    ),
    st.sampled_from([10, 50, 200, 10_000]),
    st.sampled_from([np.float32, np.float64]),
)
def test_counts_equal_numpys(z: np.ndarray, bins: int, kind: type) -> None:
    single = z.astype(np.float32)
    z = single.astype(np.float64)
    edges = bin_edges(z.min(axis=0), z.max(axis=0), bins)
    counts = bin_counts(single.astype(kind), edges)
    for j in range(z.shape[1]):
        expected, expected_edges = np.histogram(z[:, j], bins=bins, range=(z[:, j].min(), z[:, j].max()))
        np.testing.assert_array_equal(counts[j], expected)
        np.testing.assert_array_equal(edges[j], expected_edges)


def test_values_on_the_edges_count_as_numpy_counts_them() -> None:
    edges = bin_edges(np.array([-0.7]), np.array([0.9]), 200)
    z = np.concatenate([edges[0], np.nextafter(edges[0, 1:], -9), np.nextafter(edges[0, :-1], 9)])[:, None]
    expected, _ = np.histogram(z[:, 0], bins=200, range=(-0.7, 0.9))
    np.testing.assert_array_equal(bin_counts(z, edges)[0], expected)


def test_counts_of_many_values_in_float32_equal_numpys() -> None:
    rng = np.random.default_rng(3)
    z = (rng.standard_normal((100_000, 4)) * [1, 1e-6, 1e6, 1] + [0, 1e-3, -1e5, 1e4]).astype(np.float32)
    edges = bin_edges(z.min(axis=0).astype(np.float64), z.max(axis=0).astype(np.float64), 200)
    counts = bin_counts(z, edges)
    for j in range(4):
        expected, _ = np.histogram(z[:, j].astype(np.float64), bins=edges[j])
        np.testing.assert_array_equal(counts[j], expected)


def test_the_order_in_memory_does_not_matter() -> None:
    z = np.random.default_rng(0).standard_normal((500, 3))
    edges = bin_edges(z.min(axis=0), z.max(axis=0), 50)
    np.testing.assert_array_equal(bin_counts(np.asfortranarray(z), edges), bin_counts(z, edges))


def test_counts_of_blocks_add_up() -> None:
    z = np.random.default_rng(0).standard_normal((1000, 3))
    counts, edges, _ = histogram_of(z)
    np.testing.assert_array_equal(bin_counts(z[:123], edges) + bin_counts(z[123:], edges), counts)
    assert not bin_counts(z[:0], edges).any()


def test_half_width_of_a_normal_distribution_is_1_1774_sigma() -> None:
    # Exact expected counts of 10 million normal points, three scales; smoothing widens by sqrt(1 + 0.9² n^(−2/5)).
    mean, sigma, n = np.array([0.0, 5.0, -40.0]), np.array([1.0, 0.1, 7.0]), 10**7
    edges = bin_edges(mean - 6 * sigma, mean + 6 * sigma, 200)
    histogram = np.rint(n * np.diff(stats.norm.cdf(edges, mean[:, None], sigma[:, None]), axis=1)).astype(np.int64)
    centre, half_width = centre_and_half_width(histogram, edges, sigma)
    assert pytest.approx(1.17741, abs=1e-5) == NORMAL_HALF_WIDTH
    np.testing.assert_allclose(centre, mean, atol=1e-3 * sigma.max())
    np.testing.assert_allclose(half_width / sigma, NORMAL_HALF_WIDTH, rtol=2e-3)


def test_half_width_of_a_normal_sample() -> None:
    z = np.random.default_rng(1).standard_normal((20_000, 16)) * 3 + 2
    centre, half_width = centre_and_half_width(*histogram_of(z))
    np.testing.assert_allclose(np.mean(half_width) / 3, NORMAL_HALF_WIDTH, rtol=0.02)
    np.testing.assert_allclose(centre, 2, atol=1.0)


def test_tails_move_neither_centre_nor_half_width() -> None:
    rng = np.random.default_rng(2)
    body = rng.standard_normal((20_000, 1))
    tailed = np.concatenate([body, rng.uniform(4, 12, (600, 1))])
    (centre,), (half_width,) = centre_and_half_width(*histogram_of(tailed))
    assert abs(centre) < 0.25
    assert half_width == pytest.approx(NORMAL_HALF_WIDTH, rel=0.06)
    assert tailed.std() > 1.5


def test_half_width_of_a_triangle_is_half_its_half_base() -> None:
    # Density 1 − |x| on [−1, 1] is half its peak at ±1/2; so many points that the bandwidth is a tenth of a bin.
    edges = np.linspace(-1, 1, 200 + 1)[None]
    cdf = np.where(edges < 0, (1 + edges) ** 2 / 2, 1 - (1 - edges) ** 2 / 2)
    histogram = np.rint(1e13 * np.diff(cdf, axis=1)).astype(np.int64)
    (centre,), (half_width,) = centre_and_half_width(histogram, edges, np.array([1 / np.sqrt(6)]))
    assert centre == pytest.approx(0, abs=1e-9)
    assert half_width == pytest.approx(0.5, abs=0.01)


def test_smoothing_is_a_kernel_density_estimate() -> None:
    # Against scipy's, which knows the points and not only their bins.
    z = np.random.default_rng(3).gamma(3.0, size=(4000, 1))
    histogram, edges, _ = histogram_of(z)
    bandwidth = silverman_bandwidth(histogram, edges, z.std(axis=0, ddof=1))
    position, curve = smoothed(histogram, edges, bandwidth)
    kernel = stats.gaussian_kde(z[:, 0], bw_method=bandwidth[0] / z.std(ddof=1))
    width = edges[0, 1] - edges[0, 0]
    density = curve[0] / (len(z) * width)
    np.testing.assert_allclose(density, kernel(position[0]), atol=0.01 * density.max())
    assert curve.sum() == pytest.approx(len(z), rel=1e-3)


def test_silvermans_bandwidth_by_its_formula() -> None:
    z = np.random.default_rng(4).standard_normal((5000, 1))
    histogram, edges, std = histogram_of(z)
    expected = 0.9 * min(z.std(ddof=1), stats.iqr(z) / 1.34) * 5000**-0.2
    assert silverman_bandwidth(histogram, edges, std)[0] == pytest.approx(expected, rel=0.02)


def test_the_half_width_of_a_one_sided_distribution_is_read_on_both_sides() -> None:
    # Nearly all points at the lower end: the lower crossing lies before the first bin.
    z = np.random.default_rng(5).exponential(size=(50_000, 1))
    (centre,), (half_width,) = centre_and_half_width(*histogram_of(z))
    assert 0 <= centre < 0.3
    assert half_width == pytest.approx(np.log(2) / 2, rel=0.3)


def test_a_component_without_spread_has_half_width_zero() -> None:
    z = np.full((10, 2), [3.5, -1.0])
    histogram, edges, std = histogram_of(z)
    centre, half_width = centre_and_half_width(histogram, edges, std)
    np.testing.assert_array_equal(centre, [3.5, -1.0])
    np.testing.assert_array_equal(half_width, 0)
    assert np.isnan(gaussian_fit_distance(histogram, edges, z[0], std)).all()


@pytest.mark.parametrize("count", [3, 5, 17])
def test_few_points_still_give_finite_values(count: int) -> None:
    z = np.random.default_rng(count).standard_normal((count, 6))
    centre, half_width = centre_and_half_width(*histogram_of(z))
    assert np.all((centre >= z.min(axis=0)) & (centre <= z.max(axis=0)))
    assert np.all((half_width > 0) & np.isfinite(half_width))


def test_quantiles_agree_with_numpys_within_a_bin() -> None:
    z = np.random.default_rng(6).standard_normal((3000, 4))
    histogram, edges, _ = histogram_of(z)
    width = edges[:, 1] - edges[:, 0]
    for p in (0.1, 0.5, 0.75):
        assert np.all(np.abs(histogram_quantile(histogram, edges, p) - np.quantile(z, p, axis=0)) < width)


def test_fit_distance_agrees_with_the_kolmogorov_smirnov_statistic() -> None:
    z = np.random.default_rng(7).gamma(2.0, size=(3000, 1))
    histogram, edges, std = histogram_of(z, 2000)
    expected = stats.kstest(z[:, 0], "norm", (z.mean(), std[0])).statistic
    assert gaussian_fit_distance(histogram, edges, z.mean(axis=0), std)[0] == pytest.approx(expected, abs=0.005)
