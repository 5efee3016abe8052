from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig

CONFIG = AnalyseConfig(workers=2, planes=2, plane_bins=20, simulations=19, block_rows=500)


@pytest.fixture(scope="module")
def group(make_artifacts, cloud, tmp_path_factory) -> zarr.Group:
    out = tmp_path_factory.mktemp("planes")
    analyse(*make_artifacts(*cloud), CONFIG, out)
    return zarr.open_group(out / "statistics.zarr", mode="r")


def test_densities_are_numpys_histograms_in_the_planes_chosen(group, cloud) -> None:
    z, partition = cloud
    train = z[partition == 0].astype(np.float64)
    correlation = np.abs(np.triu(np.corrcoef(train, rowvar=False), 1))
    first = np.unravel_index(np.argmax(correlation), correlation.shape)
    assert tuple(group["plane_pair"][0]) == first
    for plane in (0, 1):
        a, b = group["plane_pair"][plane]
        edges = group["plane_edge"][plane]
        expected, _, _ = np.histogram2d(train[:, b], train[:, a], bins=[edges[1], edges[0]])
        # A point on an edge may fall to either side of it by rounding.
        assert np.abs(group["plane_density"][plane] - expected).sum() <= 2


def test_shares_inside_ellipses_are_those_of_mahalanobis_distances(group, cloud) -> None:
    z, partition = cloud
    for side, name in ((partition == 0, "plane_share"), (partition != 0, "heldout_plane_share")):
        for plane in (0, 1):
            pair = group["plane_pair"][plane]
            train = z[partition == 0][:, pair].astype(np.float64)
            y = z[side][:, pair] - train.mean(axis=0)
            squared = np.einsum("ni,ij,nj->n", y, np.linalg.inv(np.cov(train, rowvar=False)), y)
            np.testing.assert_allclose(group[name][plane], [np.mean(squared <= r * r) for r in (1, 2, 3)])


def test_planes_of_main_axes_are_uncorrelated(group) -> None:
    covariance = group["plane_covariance"][:]
    correlation = covariance[:, 0, 1] / np.sqrt(covariance[:, 0, 0] * covariance[:, 1, 1])
    np.testing.assert_allclose(correlation[-2:], 0, atol=1e-10)
    assert abs(correlation[0]) >= abs(correlation[1]) > 0.1


def test_distance_from_the_centre(group, cloud) -> None:
    z = cloud[0].astype(np.float64)
    np.testing.assert_allclose(group["centre_distance"][:], np.linalg.norm(z - group["centre"][:], axis=1), rtol=1e-12)


@pytest.mark.parametrize("components", [1, 2])
def test_planes_that_have_no_area_are_left_out(make_artifacts, tmp_path: Path, components: int) -> None:
    column = np.random.default_rng(0).standard_normal((400, 1))
    analyse(*make_artifacts(np.repeat(column, components, axis=1)), CONFIG, tmp_path)
    assert "plane_pair" not in zarr.open_group(tmp_path / "statistics.zarr", mode="r")
