"""Shapes, dependences, spectrum and planes as the analyse stage stores them, on points of known truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import scipy.stats
import zarr

from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable
from tasks.finished.verdict import Verdict
from tasks.reporting.topics import axes, correlations, planes
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig

COUNT, COMPONENTS = 4000, 10
BLOCKS = ((0, 4, 7), (2, 9))


class Stored(NamedTuple):
    train: np.ndarray
    heldout: np.ndarray
    group: zarr.Group
    summary: dict


def analysed(make_artifacts, out: Path, z: np.ndarray, partition: np.ndarray) -> Stored:
    z = z.astype(np.float32)
    config = AnalyseConfig(simulations=49, normality_points=100, anchors=20, sample_points=1000, planes=2)
    analyse(*make_artifacts(z, partition), config, out)
    sides = (z[partition == 0].astype(np.float64), z[partition != 0].astype(np.float64))
    group = zarr.open_group(out / "statistics.zarr", mode="r")
    return Stored(*sides, group, json.loads((out / "summary.json").read_text()))


@pytest.fixture(scope="module")
def stored(make_artifacts, tmp_path_factory) -> Stored:
    """Normal points off the origin with two planted blocks and a constant component; held-out ones lie elsewhere."""
    rng = np.random.default_rng(11)
    z = rng.standard_normal((COUNT, COMPONENTS))
    for block in BLOCKS:
        z[:, block] += 1.5 * rng.standard_normal((COUNT, 1))
    z = z * np.linspace(1, 3, COMPONENTS) + np.arange(COMPONENTS)
    z[:, 5] = 0.5
    partition = np.where(np.arange(COUNT) % 4 == 3, 2, 0).astype(np.int8)
    # Far from the training mean and of another shape: sums about that mean must be re-centred.
    z[partition == 2, 1] = 40 + rng.gamma(2.0, size=COUNT // 4)
    return analysed(make_artifacts, tmp_path_factory.mktemp("linear"), z, partition)


def test_heldout_shapes_are_about_the_heldout_mean(stored) -> None:
    varying = np.flatnonzero(np.arange(COMPONENTS) != 5)
    for prefix, points in (("", stored.train), ("heldout_", stored.heldout)):
        skewness, kurtosis = (stored.group[prefix + name][:] for name in ("skewness", "excess_kurtosis"))
        np.testing.assert_allclose(skewness[varying], scipy.stats.skew(points[:, varying]), atol=1e-6)
        np.testing.assert_allclose(kurtosis[varying], scipy.stats.kurtosis(points[:, varying]), atol=1e-5)
        assert np.isnan(skewness[5])
        assert np.isnan(kurtosis[5])
    assert stored.summary["shape"]["points"] == {"train": 3000, "heldout": 1000}


def test_blocks_lie_side_by_side_and_the_constant_component_last(stored) -> None:
    order, block = list(stored.group["correlation_order"][:]), stored.group["correlation_block"][:]
    assert sorted(order) == list(range(COMPONENTS))
    assert order[-1] == 5
    for number, planted in enumerate(BLOCKS):
        places = sorted(order.index(component) for component in planted)
        assert places[-1] - places[0] == len(planted) - 1
        assert set(np.flatnonzero(block == number)) == set(planted)
    assert stored.summary["dependence"]["blocks"] == [3, 2]


def test_dependence_counts_pairs_as_numpy_does(stored) -> None:
    varying = np.flatnonzero(np.arange(COMPONENTS) != 5)
    upper = np.triu_indices(len(varying), k=1)
    plain = np.abs(np.corrcoef(stored.train[:, varying], rowvar=False)[upper])
    inverse = np.linalg.inv(np.cov(stored.train[:, varying], rowvar=False))
    direct = np.abs(inverse / np.sqrt(np.outer(np.diagonal(inverse), np.diagonal(inverse))))[upper]
    facts = stored.summary["dependence"]
    assert (facts["pairs"], facts["points"]) == (36, 3000)
    for one in facts["over"]:
        assert one["found"] == np.sum(plain > one["threshold"])
        assert one["partial"] == np.sum(direct > one["threshold"])
        _, p = scipy.stats.pearsonr(*_correlated(one["threshold"], 3000))
        assert one["by_chance"] == pytest.approx(36 * p, rel=1e-3, abs=1e-12)
    assert abs(facts["strongest_partial"][0]["partial"]) == pytest.approx(direct.max(), rel=1e-6)


def _correlated(r: float, count: int) -> np.ndarray:
    """Two sets of values whose correlation is exactly ``r``."""
    x = np.tile([1.0, -1.0, 1.0, -1.0], count // 4)
    y = np.tile([1.0, 1.0, -1.0, -1.0], count // 4)
    return np.stack([x, r * x + np.sqrt(1 - r**2) * y])


def test_only_the_planted_blocks_lengthen_axes_beyond_chance(stored) -> None:
    facts, own = stored.summary["spectrum"], stored.group["correlation_eigenvalue"][:]
    varying = np.flatnonzero(np.arange(COMPONENTS) != 5)
    expected = np.linalg.eigvalsh(np.corrcoef(stored.train[:, varying], rowvar=False))[::-1]
    np.testing.assert_allclose(own, expected, rtol=1e-6)
    assert facts["axes_beyond_chance"] == 2
    assert facts["share_beyond_chance"] == pytest.approx(expected[:2].sum() / 9)
    covariance = np.cov(stored.train, rowvar=False)
    ratio = np.trace(covariance) ** 2 / np.sum(covariance**2)
    assert facts["participation_ratio"] == pytest.approx(ratio, rel=1e-6)
    assert facts["simulations"] == 49


def test_ellipses_of_normal_points_hold_a_normal_distributions_shares(stored) -> None:
    normal = np.array([0.393469, 0.864665, 0.988891])
    np.testing.assert_allclose(stored.summary["planes"]["normal_share"], normal, atol=1e-6)
    error = np.sqrt(normal * (1 - normal) / 3000)
    assert np.all(np.abs(stored.group["plane_share"][:] - normal) < 4 * error)
    kinds = stored.summary["planes"]["kind"]
    pairs = [tuple(sorted(pair)) for pair in stored.group["plane_pair"][:]]
    strongest = [pair for pair, kind in zip(pairs, kinds, strict=True) if kind == "correlation"]
    assert all(any(set(pair) <= set(block) for block in BLOCKS) for pair in strongest)


def said(summary: dict) -> dict[str, str]:
    """What the findings on these facets say."""
    criterion, verdict = Criterion("fd_decoded", "random", "train"), Verdict((), (), {})
    numbers = Numbers(ScoreTable(()), criterion, verdict, summary, {}, COMPONENTS)
    findings = (finder(numbers) for finder in (correlations.blocks, axes.beyond_chance, planes.planes))
    return {finding.key: finding.text for finding in findings if finding is not None}


def test_sentences_follow_from_the_stored_facts(stored) -> None:
    found = said(stored.summary)
    assert found["blocks"] == "5 components form 2 correlated groups, the largest of 3."
    assert found["beyond_chance"].startswith("2 main axes of the correlations cannot be put down to chance")
    assert "on average as many points as a normal" in found["planes"]
    assert said({}) == {}


def test_opposite_truths_and_too_few_images_get_other_sentences(make_artifacts, tmp_path) -> None:
    z = np.random.default_rng(5).standard_normal((200, 6))
    found = said(analysed(make_artifacts, tmp_path, z, np.zeros(200, np.int8)).summary)
    assert found["blocks"] == "There are no groups of correlated components."
    assert found["beyond_chance"].startswith("No main axis")
    assert found["planes"].startswith("So few points do not tell")


@pytest.mark.parametrize(("count", "components"), [(3, 1), (3, 4), (12, 2)])
def test_few_points_and_components_are_no_error(make_artifacts, tmp_path, count: int, components: int) -> None:
    z = np.random.default_rng(0).standard_normal((count, components))
    summary = analysed(make_artifacts, tmp_path, z, np.zeros(count, np.int8)).summary
    assert sum(summary["shape"]["kinds"].values()) == components
    assert (summary["dependence"] is None) == (components == 1)
    assert summary["spectrum"]["axes_beyond_chance"] == 0
