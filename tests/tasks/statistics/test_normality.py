from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from sklearn.datasets import load_iris

from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.normality import normal_sample, p_values, simulated_null, statistics


def test_published_results_on_iris_setosa() -> None:
    """Korkmaz, Goksuluk & Zararsiz 2014, MVN: an R package, The R Journal 6(2)."""
    found = statistics(load_iris().data[:50])
    assert found.skewness == pytest.approx(3.079721, abs=1e-6)
    assert found.kurtosis == pytest.approx(26.53766, abs=1e-5)
    assert found.henze_zirkler == pytest.approx(0.9488453, abs=1e-7)


def test_one_dimension_is_scipys_skewness_and_kurtosis() -> None:
    x = np.random.default_rng(0).gamma(2.0, size=(300, 1))
    found = statistics(x)
    assert found.skewness == pytest.approx(scipy.stats.skew(x[:, 0]) ** 2)
    assert found.kurtosis == pytest.approx(scipy.stats.kurtosis(x[:, 0], fisher=False))


def test_statistics_do_not_depend_on_the_coordinates() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_t(5, (200, 3))
    turned = x @ (rng.standard_normal((3, 3)) + 2 * np.eye(3)) + 7
    np.testing.assert_allclose(statistics(turned), statistics(x), rtol=1e-9)


def trimmed(rng: np.random.Generator, count: int, components: int, share: float) -> np.ndarray:
    """A normal sample in full, cut by its distances: what ``normal_sample`` draws coordinates of."""
    z = rng.standard_normal((3 * count, components))
    return z[np.sum(z**2, axis=1) < scipy.stats.chi2.ppf(share, components)][:count]


def test_trimmed_coordinates_are_those_of_a_trimmed_cloud() -> None:
    rng = np.random.default_rng(2)
    drawn, cut = normal_sample(20_000, 3, 5, 0.6, rng), trimmed(rng, 20_000, 5, 0.6)[:, :3]
    assert scipy.stats.ks_2samp(np.sum(drawn**2, axis=1), np.sum(cut**2, axis=1)).pvalue > 0.001
    assert scipy.stats.ks_2samp(drawn[:, 0], cut[:, 0]).pvalue > 0.001


@pytest.mark.parametrize("share", [None, 0.8])
def test_true_normals_are_rejected_as_often_as_the_level_says(share: float | None) -> None:
    rng = np.random.default_rng(3)
    null = simulated_null(120, 3, 6, share, 199, rng)
    rejected = np.zeros(3)
    for _ in range(300):
        cloud = trimmed(rng, 120, 6, share) if share else rng.standard_normal((120, 6))
        mixed = cloud[:, :3] @ np.array([[2, 0.3, 0], [0, 1, 0.5], [0, 0, 0.2]])
        rejected += np.array(p_values(statistics(mixed), null)) <= 0.05
    # 15 of 300 are expected; the band holds 99.9 % of binomial draws, widened by what 199 simulations leave open.
    assert np.all((rejected >= 3) & (rejected <= 33))


@pytest.mark.parametrize("kind", ["exponential", "heavy-tailed", "mixed"])
def test_what_is_not_normal_is_rejected(kind: str) -> None:
    rng = np.random.default_rng(4)
    null = simulated_null(300, 2, 2, None, 199, rng)
    x = {
        "exponential": rng.exponential(size=(300, 2)),
        "heavy-tailed": rng.standard_normal((300, 2)) * np.sqrt(3 / rng.chisquare(3, (300, 1))),
        "mixed": rng.standard_normal((300, 2)) + 4 * rng.integers(0, 2, (300, 1)),
    }[kind]
    p = p_values(statistics(x), null)
    assert p.henze_zirkler == 1 / 200
    if kind == "heavy-tailed":
        assert p.kurtosis == 2 / 200


def facts_of(make_artifacts, out: Path, z: np.ndarray) -> dict:
    config = AnalyseConfig(scheduler="threads", simulations=99, normality_points=300)
    analyse(*make_artifacts(z, np.arange(len(z)) % 3 // 2), config, out)
    return json.loads((out / "summary.json").read_text())["normality"]


def test_a_normal_cloud_and_a_heavy_tailed_one(make_artifacts, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    normal = rng.standard_normal((3000, 12)) @ rng.standard_normal((12, 12))
    facts = facts_of(make_artifacts, tmp_path / "normal", normal)
    assert set(facts["groups"]) == {"train", "core", "heldout"}
    for group in facts["groups"].values():
        assert group["points"] == 300
        assert group["performed"] == 18
        assert group["rejected"] <= 2
    heavy = normal * np.sqrt(4 / rng.chisquare(4, (3000, 1)))
    facts = facts_of(make_artifacts, tmp_path / "heavy", heavy)
    assert facts["groups"]["train"]["rejected"] >= 10
    assert facts["groups"]["heldout"]["rejected"] >= 10
    assert facts["shapiro"]["train"]["share_rejected"] > 0.9


@pytest.mark.parametrize(("count", "components"), [(3, 2), (30, 1), (61, 40)])
def test_few_points_and_components(make_artifacts, tmp_path: Path, count: int, components: int) -> None:
    z = np.random.default_rng(6).standard_normal((count, components))
    analyse(*make_artifacts(z), AnalyseConfig(scheduler="threads", simulations=19), tmp_path / "out")
