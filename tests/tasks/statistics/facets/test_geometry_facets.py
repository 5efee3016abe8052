from pathlib import Path

import numpy as np
import pytest

from tasks.statistics.config import AnalyseConfig
from tasks.statistics.facet import Cloud, Subset
from tasks.statistics.facets import fragmentation, intrinsic_dimension, locality
from tasks.statistics.moments import moments_of
from tasks.statistics.results import Analysis

FACETS = (intrinsic_dimension, fragmentation, locality)
CONFIG = AnalyseConfig(anchors=60, neighbours=15, graph_neighbours=10, leading_axes=4)


def cloud_of(z: np.ndarray, heldout: int = 0) -> Cloud:
    """A cloud with what these facets ask about; the last ``heldout`` points are held out."""
    z = z.astype(np.float32)
    cut = len(z) - heldout
    sides = [Subset(np.arange(len(part)), part) for part in (z[:cut], z[cut:])]
    analysis = Analysis(
        config=CONFIG, train=moments_of(z[:cut]), heldout=moments_of(z[cut:]), inverse=None, core=None,
        core_moments=None, edges=None, histogram=None, inside=None, powers=None, attributes=None,
        rows=np.arange(len(z)) < cut,
    )  # fmt: skip
    return Cloud(analysis, *sides, None, None, None, None, Path(), Path())


def normal(count: int, components: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 5 + rng.standard_normal((count, components)) @ rng.standard_normal((components, components))


@pytest.fixture(scope="module")
def plain() -> Cloud:
    z = normal(900, 6)
    return cloud_of(np.column_stack([z, np.full(900, 3.0)]), 300)


def test_of_one_normal_nothing_is_found(plain):
    dimension = intrinsic_dimension.measure(plain).facts
    for name in ("two_nearest", "likelihood"):
        own, simulated = dimension["train"][name], dimension["normal"][name]
        error = np.hypot(own["error"], simulated["error"])
        assert abs(own["dimension"] - simulated["dimension"]) < 4 * error
    assert dimension["components"] == 6
    regions = fragmentation.measure(plain).facts
    assert (regions["regions"], regions["graph"]["components"], regions["level"]) == (1, 1, 0.9)
    figures = locality.measure(plain).facts["figures"]
    assert all(one["probability"] > 0.005 for one in figures.values())


def test_the_facts_say_how_many_points_there_were(plain):
    facts = intrinsic_dimension.measure(plain).facts
    sizes = {side: facts[side]["points"] for side in ("train", "normal", "heldout", "train_as_heldout")}
    assert sizes == {"train": 600, "normal": 600, "heldout": 300, "train_as_heldout": 300}
    assert fragmentation.measure(plain).facts["points"] == 600
    facet = locality.measure(plain)
    assert [facet.facts[name] for name in ("points", "anchors", "neighbours", "axes")] == [600, 60, 15, 4]
    assert facet.arrays["local_dimension"][0].shape == (60,)
    assert facet.arrays["normal_local_dimension"][0].shape == (facet.facts["simulated_samples"], 60)


def test_two_regions_are_found_with_their_shares():
    z = normal(600, 5)
    z[:200] += 60
    facts = fragmentation.measure(cloud_of(z)).facts
    assert facts["regions"] == 2
    assert facts["normal_regions"] == 1
    assert facts["region_shares"][0] == pytest.approx(2 / 3, abs=0.05)
    assert facts["largest_share"] == pytest.approx(0.9 * facts["region_shares"][0], abs=0.01)
    assert facts["graph"]["largest_share"] == pytest.approx(2 / 3, abs=0.03)


def test_a_curved_sheet_fills_fewer_dimensions_than_its_normal_counterpart():
    rng = np.random.default_rng(3)
    u, v = rng.uniform(0, 5, (2, 800))
    facts = intrinsic_dimension.measure(cloud_of(np.stack([np.cos(u), np.sin(u), v, np.sin(2 * v)], axis=1))).facts
    assert facts["train"]["likelihood"]["dimension"] == pytest.approx(2, abs=0.2)
    assert facts["normal"]["likelihood"]["dimension"] > 3
    assert facts["heldout"] is None


def test_the_same_cloud_gives_the_same_answer(plain):
    for facet in FACETS:
        first, second = facet.measure(plain), facet.measure(plain)
        assert first.facts == second.facts
        for name, (values, dimensions) in first.arrays.items():
            np.testing.assert_array_equal(values, second.arrays[name][0])
            assert len(set(dimensions)) == values.ndim == len(dimensions)


@pytest.mark.parametrize("facet", FACETS)
@pytest.mark.parametrize(
    "z", [normal(3, 2), normal(30, 4), normal(300, 1), np.repeat(normal(2, 3), 150, axis=0), normal(61, 90)]
)
def test_odd_data_is_answered_or_declined(facet, z):
    found = facet.measure(cloud_of(z))
    if len(z) < 50 or z.shape[1] == 1:
        assert found is None
