from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import zarr

from tasks.finished.artifacts import Artifacts
from tasks.reporting.config import ReportConfig
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.distributions import chosen
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.distributions import bin_counts, bin_edges
from tasks.statistics.shape import KINDS, count_peaks, kinds, quantile_skewness, standardised_moments


def test_standardised_moments_are_scipys_about_any_point() -> None:
    x = np.random.default_rng(0).gamma(2.0, size=(500, 3)) - 1.3
    sums = np.stack([np.full(3, 500.0), *(np.sum(x**power, axis=0) for power in (1, 2, 3, 4))])
    skewness, kurtosis = standardised_moments(sums)
    np.testing.assert_allclose(skewness, scipy.stats.skew(x), rtol=1e-9)
    np.testing.assert_allclose(kurtosis, scipy.stats.kurtosis(x), rtol=1e-9)


def columns(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    return {
        "normal-like": rng.normal(3, 2, count),
        "skewed": rng.gamma(1.5, size=count),
        "heavy-tailed": rng.standard_t(4, count),
        "light-tailed": rng.uniform(-1, 1, count),
        "two-peaked": rng.normal(0, 1, count) + 4 * rng.choice([-0.5, 0.5], count),
        "nearly constant": np.where(rng.random(count) < 0.9, 1.0, rng.normal(1, 1, count)),
        "constant": np.full(count, 0.25),
    }


@pytest.fixture(scope="module")
def analysed(make_artifacts, tmp_path_factory) -> tuple[dict[str, np.ndarray], Path]:
    kinds, out = columns(np.random.default_rng(7), 6000), tmp_path_factory.mktemp("shape")
    partition = (np.arange(6000) % 5 == 4).astype(np.int8)
    artifacts = make_artifacts(np.column_stack(list(kinds.values())), partition)
    quick = {"simulations": 19, "normality_points": 100, "anchors": 20, "sample_points": 1000, "planes": 1}
    analyse(*artifacts, AnalyseConfig(block_rows=700, **quick), out)
    return {name: values[partition == 0].astype(np.float32).astype(np.float64) for name, values in kinds.items()}, out


def test_each_kind_is_told(analysed) -> None:
    kinds, out = analysed
    group = zarr.open_group(out / "statistics.zarr", mode="r")
    assert [KINDS[index] for index in group["shape"][:]] == list(kinds)
    assert json.loads((out / "summary.json").read_text())["shape"]["kinds"] == dict.fromkeys(KINDS, 1)


def test_the_report_draws_each_kind_that_occurs(analysed) -> None:
    kinds, out = analysed
    study = ReportedStudy(Artifacts(out, out, out, out), ReportConfig(), "artifacts")
    # All but the constant component can be drawn; where there is no room, the odd kinds come first.
    expected = {kind: list(kinds).index(kind) for kind in KINDS[:6]}
    assert {one.reason: one.component for one in chosen(study, 6)} == expected
    assert "normal-like" not in [one.reason for one in chosen(study, 5)]


def test_streamed_shapes_agree_with_scipy(analysed) -> None:
    kinds, out = analysed
    group = zarr.open_group(out / "statistics.zarr", mode="r")
    for j, values in enumerate(list(kinds.values())[:-1]):
        assert group["skewness"][j] == pytest.approx(scipy.stats.skew(values), abs=1e-9)
        assert group["excess_kurtosis"][j] == pytest.approx(scipy.stats.kurtosis(values), abs=1e-8)
    assert np.isnan(group["skewness"][6])
    assert np.isnan(group["heldout_excess_kurtosis"][6])
    # Beyond 1 % and 99 % the bins are too empty to agree with single points.
    probability, found = group["quantile_probability"][1:-1], group["quantile"][0][1:-1]
    width = (group["maximum"][0] - group["minimum"][0]) / 200
    np.testing.assert_allclose(found, np.quantile(kinds["normal-like"], probability), atol=width)


def test_centre_and_half_width_of_odd_shapes(analysed) -> None:
    _, out = analysed
    group = zarr.open_group(out / "statistics.zarr", mode="r")
    centre, half_width = group["centre"][:], group["half_width"][:]
    # Gamma(1.5) has its mode at 0.5 and reaches half its maximum at 0.051 and 1.845.
    assert centre[1] == pytest.approx(0.5, abs=0.25)
    assert half_width[1] == pytest.approx(0.90, abs=0.1)
    # Of two peaks at -2 and 2 the centre is one, the half-width that of the one peak (1.18), smoothed.
    assert abs(centre[4]) == pytest.approx(2, abs=0.35)
    assert half_width[4] == pytest.approx(1.3, abs=0.35)
    assert centre[5] == pytest.approx(1, abs=0.05)
    assert half_width[5] < 0.2
    assert (centre[6], half_width[6]) == (0.25, 0)


def kinds_of(z: np.ndarray) -> list[str]:
    """Kinds of the columns of ``z`` (n, d)."""
    edges = bin_edges(z.min(axis=0), z.max(axis=0), 200)
    histogram = bin_counts(z.copy(), edges)
    peaks = count_peaks(histogram, edges, z.std(axis=0, ddof=1))
    return kinds(histogram, edges, scipy.stats.skew(z), scipy.stats.kurtosis(z), peaks)


@pytest.mark.parametrize("count", [420, 2500, 20_000])
def test_symmetric_tails_are_not_called_skewed(count: int) -> None:
    # The skewness of t(3) samples wanders far beyond sqrt(6/n): its third moment does not converge.
    z = np.random.default_rng(0).standard_t(3, (count, 60))
    assert np.mean(np.abs(scipy.stats.skew(z)) > 4 * np.sqrt(6 / count)) > 0.3
    found = kinds_of(z)
    assert found.count("heavy-tailed") >= 57
    assert found.count("two-peaked") == 0


@pytest.mark.parametrize("count", [20, 60, 420, 2500])
def test_normal_samples_of_any_size_are_normal_like(count: int) -> None:
    assert kinds_of(np.random.default_rng(1).normal(5, 3, (count, 200))).count("normal-like") >= 199


def test_skewness_and_two_peaks_are_told_in_every_sample() -> None:
    rng = np.random.default_rng(2)
    sign = rng.choice([-1, 1], (2500, 40))
    assert set(kinds_of(3 * sign + rng.standard_normal((2500, 40)))) == {"two-peaked"}
    for direction in (-1, 1):
        assert set(kinds_of(direction * rng.gamma(1.5, size=(2500, 40)))) == {"skewed"}


def test_quantile_skewness_of_the_exponential_distribution() -> None:
    # Quantiles −ln(1 − p): (−ln 0.05 − ln 0.95 + 2 ln 0.5)/(−ln 0.05 + ln 0.95) = 0.564.
    z = np.random.default_rng(3).exponential(size=(50_000, 1))
    edges = bin_edges(z.min(axis=0), z.max(axis=0), 2000)
    low, high = -np.log(0.95), -np.log(0.05)
    expected = (high + low - 2 * np.log(2)) / (high - low)
    assert quantile_skewness(bin_counts(z.copy(), edges), edges)[0] == pytest.approx(expected, abs=0.02)
    assert np.isnan(quantile_skewness(np.zeros((1, 10), np.int64), np.linspace(0, 1, 11)[None])[0])
