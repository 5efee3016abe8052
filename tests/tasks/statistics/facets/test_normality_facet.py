from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

from storage.arrays import open_complete, read_array
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.facets.core_shape import along, angles, trimmed_variance


def analysed(make_artifacts, out: Path, z: np.ndarray, simulations: int = 99) -> tuple[dict, dict]:
    """The whole stage over points of which every third is held out, if there are enough: its facts and its arrays."""
    config = AnalyseConfig(simulations=simulations, normality_points=300)
    heldout = np.arange(len(z)) % 3 // 2 if len(z) > 3 else None
    analyse(*make_artifacts(z, heldout), config, out)
    group = open_complete(out / "statistics.zarr")
    return json.loads((out / "summary.json").read_text()), {name: read_array(group, name) for name in group}


@pytest.fixture(scope="module")
def normal_points() -> np.ndarray:
    rng = np.random.default_rng(5)
    mixing = np.linalg.qr(rng.standard_normal((12, 12)))[0] * np.sqrt(2.0 ** np.arange(12))
    return rng.standard_normal((3000, 12)) @ mixing.T


@pytest.fixture(scope="module")
def normal(make_artifacts, normal_points, tmp_path_factory) -> tuple[dict, dict]:
    return analysed(make_artifacts, tmp_path_factory.mktemp("normal"), normal_points)


@pytest.fixture(scope="module")
def heavy(make_artifacts, normal_points, tmp_path_factory) -> tuple[dict, dict]:
    """A tenth of the normal points moved out to three times their distance: a normal body with heavy tails."""
    far = np.where(np.arange(3000) % 10 == 0, 3.0, 1.0)[:, None]
    return analysed(make_artifacts, tmp_path_factory.mktemp("heavy"), normal_points * far)


def test_a_normal_cloud_is_not_told_from_one(normal) -> None:
    facts = normal[0]["normality"]
    assert set(facts["groups"]) == {"train", "core", "heldout"}
    assert facts["groups"]["core"]["trimmed_to"] == normal[0]["core"]["normal_sample"]
    for group in facts["groups"].values():
        assert group["points"] == 300
        assert group["performed"] == 18
        for space in ("leading", "random"):
            assert group[space]["joint_p"] > 0.01
            assert set(group[space]["dimensions"]) == {"2", "5", "10"}
    for one in facts["shapiro"].values():
        assert one["share_rejected"] == 0
        assert one["components"] == 12


def test_a_normal_body_with_heavy_tails(heavy) -> None:
    groups = heavy[0]["normality"]["groups"]
    assert heavy[0]["core"]["train"] == pytest.approx(0.9 * heavy[0]["core"]["normal_sample"], abs=0.02)
    for name in ("train", "heldout"):
        for space in ("leading", "random"):
            assert groups[name][space]["joint_p"] == pytest.approx(0.01)
            assert groups[name][space]["kurtosis_p"] == pytest.approx(0.01)
            kurtosis = groups[name][space]["dimensions"]["10"]["kurtosis"]
            assert kurtosis["statistic"] > 1.5 * kurtosis["expected"]
    for space in ("leading", "random"):
        assert groups["core"][space]["joint_p"] > 0.01
    shapiro = heavy[0]["normality"]["shapiro"]
    assert shapiro["train"]["share_rejected"] == shapiro["heldout"]["share_rejected"] == 1
    assert shapiro["core"]["share_rejected"] < 0.1


def test_arrays_hold_what_the_facts_say(normal) -> None:
    facts, arrays = normal
    assert arrays["normality_p"].shape == arrays["normality_statistic"].shape == (3, 2, 3, 3)
    labels = facts["normality"]["labels"]
    assert labels["normality_group"][2] == "heldout"
    assert labels["normality_space"][1] == "random"
    assert labels["normality_dimensions"] == list(arrays["normality_dimensions"]) == [2, 5, 10]
    assert labels["normality_test"][1] == "kurtosis"
    told = facts["normality"]["groups"]["heldout"]["random"]["dimensions"]["5"]["kurtosis"]
    assert arrays["normality_p"][2, 1, 1, 1] == told["p"]
    assert arrays["normality_statistic"][2, 1, 1, 1] == told["statistic"]
    # A normal distribution's kurtosis is k(k + 2), less a little in a finite sample (Mardia 1970).
    assert told["expected"] == pytest.approx(5 * 7 * 299 / 301, rel=0.02)


def test_shapiro_arrays_are_scipys(normal, normal_points) -> None:
    """Fewer training points than the limit: all of them are tested."""
    train = normal_points[np.arange(3000) % 3 != 2].astype(np.float32)
    expected = scipy.stats.shapiro(train[:, 4].astype(np.float64))
    assert normal[1]["shapiro"][4] == pytest.approx(expected.statistic, rel=1e-6)
    assert normal[1]["shapiro_p"][4] == pytest.approx(expected.pvalue, rel=1e-3)
    assert {"core_shapiro", "core_shapiro_p", "heldout_shapiro", "heldout_shapiro_p"} <= set(normal[1])


def test_core_of_a_normal_cloud_has_its_shape(normal) -> None:
    facts, arrays = normal
    shape = facts["core_shape"]
    assert shape["corrected_ratio"] == pytest.approx(1, abs=0.02)
    assert shape["total_variance_ratio"] < shape["corrected_ratio"]
    np.testing.assert_allclose(arrays["core_variance_ratio"], shape["trimmed_normal"], atol=0.06)
    assert shape["angles"]["1"][0] < 5
    assert len(shape["angles"]["10"]) == 10
    along_axes = np.diagonal(arrays["eigenvector"].T @ arrays["core_covariance"] @ arrays["eigenvector"])
    np.testing.assert_allclose(arrays["core_variance_ratio"], along_axes / arrays["eigenvalue"])


def test_core_is_smaller_where_tails_are_heavy(heavy) -> None:
    """Of the points a tenth have nine times the variance: the whole has 0.9 + 0.1 · 9 = 1.8 times the body's."""
    assert heavy[0]["core_shape"]["corrected_ratio"] == pytest.approx(1 / 1.8, rel=0.1)


def test_variance_that_trimming_leaves() -> None:
    """In two dimensions d_M² is exponential of mean 2, so its mean below c is 2 − c (1 − p)/p."""
    share = 0.7
    c = -2 * np.log(1 - share)
    assert trimmed_variance(share, 2) == pytest.approx((2 - c * (1 - share) / share) / 2)
    assert trimmed_variance(1.0, 7) == 1.0


def test_angles_of_a_turned_plane() -> None:
    turn = np.deg2rad(30)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    found = angles(np.eye(4), turned, 4)
    assert found["1"] == pytest.approx([30])
    assert found["2"] == pytest.approx([0, 0], abs=1e-6)
    assert set(found) == {"1", "2"}
    np.testing.assert_allclose(along(np.diag([4.0, 1, 1, 1]), turned)[:2], [3.25, 1.75])


@pytest.mark.parametrize(("count", "components"), [(3, 2), (30, 1), (61, 40), (90, 2)])
def test_few_points_and_components(make_artifacts, tmp_path: Path, count: int, components: int) -> None:
    z = np.random.default_rng(6).standard_normal((count, components))
    facts, _ = analysed(make_artifacts, tmp_path, z, 19)
    if count == 3:
        assert facts["normality"] is None
    elif count == 61:
        assert facts["core_shape"] is None
        assert "core" not in facts["normality"]["groups"]
    elif components == 1:
        assert facts["normality"]["groups"]["train"]["performed"] == 0
        assert facts["normality"]["shapiro"]["train"]["points"] == 20
    else:
        assert set(facts["normality"]["groups"]["train"]["leading"]["dimensions"]) == {"2"}
        assert "random" not in facts["normality"]["groups"]["train"]


def test_repeated_points_and_constant_components(make_artifacts, tmp_path: Path) -> None:
    z = np.repeat(np.random.default_rng(7).standard_normal((3, 6)), 40, axis=0)
    z[:, 2] = 1.5
    facts, arrays = analysed(make_artifacts, tmp_path, z, 19)
    assert facts["normality"]["shapiro"]["train"]["components"] == 5
    assert np.isnan(arrays["shapiro"][2])
