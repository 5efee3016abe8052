from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray
import zarr
from scipy.spatial.distance import cdist

from tasks.compute.cluster.config import DaskConfig
from tasks.stage.errors import InputError
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.facets import registered

QUICK = {"normality_points": 100, "simulations": 19, "anchors": 20}
UNEVEN = AnalyseConfig(workers=2, block_rows=40, **QUICK)
PLAIN = AnalyseConfig(workers=2, **QUICK)


def content(folder: Path) -> dict[str, str]:
    """A digest of every file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def analysed(make_artifacts, cloud, tmp_path_factory):
    """Statistics of 66 uneven blocks over chunks of an odd size."""
    artifacts, out = make_artifacts(*cloud, chunk_rows=101), tmp_path_factory.mktemp("statistics")
    return artifacts, out, analyse(*artifacts, UNEVEN, out)


def assert_accurate(actual: np.ndarray, expected: np.ndarray, scale: np.ndarray | float) -> None:
    assert actual.dtype == np.float64
    assert np.max(np.abs(actual - expected) / scale) <= 1e-10


def test_everything_agrees_with_numpy_and_scipy(analysed, cloud) -> None:
    _, out, facts = analysed
    z, partition = cloud
    z = z.astype(np.float64)
    train, heldout = z[partition == 0], z[partition != 0]
    group = zarr.open_group(out / "statistics.zarr", mode="r")
    covariance, std = np.cov(train, rowvar=False), train.std(axis=0, ddof=1)

    assert_accurate(group["mean"][:], train.mean(axis=0), std)
    assert_accurate(group["std"][:], std, std)
    assert_accurate(group["covariance"][:], covariance, np.outer(std, std))
    assert_accurate(group["correlation"][:], np.corrcoef(train, rowvar=False), 1.0)
    assert_accurate(group["eigenvalue"][:], np.linalg.eigvalsh(covariance)[::-1], np.linalg.eigvalsh(covariance)[::-1])
    assert_accurate(group["precision"][:], np.linalg.inv(covariance), np.abs(np.linalg.inv(covariance)).max())
    assert_accurate(group["radius"][:], np.linalg.norm(z, axis=1), np.linalg.norm(z, axis=1))
    expected = cdist(z, train.mean(axis=0)[None], "mahalanobis", VI=np.linalg.inv(covariance))[:, 0]
    assert_accurate(group["mahalanobis"][:], expected, expected)
    assert_accurate(group["heldout_mean"][:], heldout.mean(axis=0), std)
    assert_accurate(group["heldout_std"][:], heldout.std(axis=0, ddof=1), std)
    np.testing.assert_array_equal(group["minimum"][:], train.min(axis=0))
    np.testing.assert_array_equal(group["maximum"][:], train.max(axis=0))
    for j in range(z.shape[1]):
        counts, edges = np.histogram(train[:, j], bins=200, range=(train[:, j].min(), train[:, j].max()))
        np.testing.assert_array_equal(group["histogram"][j], counts)
        np.testing.assert_array_equal(group["bin_edge"][j], edges)
    assert facts["images"] == 2611
    assert facts["training_images"] == len(train)


def test_the_core_is_the_robust_one(analysed, cloud) -> None:
    _, out, facts = analysed
    z, partition = cloud
    group = zarr.open_group(out / "statistics.zarr", mode="r")
    core = group["core"][:]
    inside = z[core & (partition == 0)].astype(np.float64)
    np.testing.assert_allclose(group["core_mean"][:], inside.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(group["core_covariance"][:], np.cov(inside, rowvar=False), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(group["core_correlation"][:], np.corrcoef(inside, rowvar=False), atol=1e-10)
    # Heavy tails leave the core, and those that do are the far ones.
    assert 0.6 < facts["core_share"] < 0.95
    assert group["mahalanobis"][:][core].mean() < group["mahalanobis"][:][~core].mean()


def test_summary_says_what_the_arrays_say(analysed, cloud) -> None:
    _, out, _ = analysed
    z, partition = cloud
    train = z[partition == 0].astype(np.float64)
    group = zarr.open_group(out / "statistics.zarr", mode="r")
    summary = json.loads((out / "summary.json").read_text())
    n, d = train.shape
    distance = summary["mahalanobis"]
    assert distance["train"]["mean_square"] == pytest.approx(d * (n - 1) / n, rel=1e-10)
    assert distance["normal_train"]["mean_square"] == pytest.approx(d * (n - 1) / n, rel=1e-12)
    assert distance["heldout"]["mean"] == pytest.approx(group["mahalanobis"][:][partition != 0].mean())
    assert summary["radius"]["heldout"]["count"] == int(np.sum(partition != 0))
    origin = np.sqrt(train.mean(axis=0) @ group["precision"][:] @ train.mean(axis=0))
    assert summary["origin"]["mahalanobis"] == pytest.approx(origin, rel=1e-9)
    within = np.all(np.abs(train - train.mean(axis=0)) <= 3 * train.std(axis=0, ddof=1), axis=1)
    assert summary["three_sigma_cut"]["train"] == within.mean()
    assert summary["variance_inflation_sum"] == pytest.approx(
        np.sum(np.diagonal(group["covariance"][:]) * np.diagonal(group["precision"][:]))
    )
    assert summary["variance_inflation_independent"] == (n - 3) / (n - d - 2)
    i, j = summary["correlation"]["strongest"][0]["components"]
    assert abs(group["correlation"][i, j]) == np.abs(np.triu(group["correlation"][:], 1)).max()
    assert summary["core"]["train"] == group["core"][:][partition == 0].mean()


def test_xarray_opens_it_with_labels(analysed) -> None:
    _, out, _ = analysed
    data = xarray.open_zarr(out / "statistics.zarr")
    dims = {name: variable.dims for name, variable in data.data_vars.items()}
    for name in ("mean", "std", "minimum", "maximum", "centre", "half_width"):
        assert dims[name] == ("component",)
    for name in ("covariance", "correlation", "precision"):
        assert dims[name] == ("component", "other_component")
        np.testing.assert_array_equal(data[name].sel(component=3), data[name].values[3])
        assert data[name].sel(component=3).shape == (12,)
    assert dims["plane_covariance"] == ("plane", "side", "other_side")
    assert dims["histogram"] == ("component", "bin")
    assert dims["bin_edge"] == ("component", "edge")
    assert dims["eigenvalue"] == ("axis",)
    assert dims["eigenvector"] == ("component", "axis")
    for name in ("radius", "mahalanobis", "core"):
        assert dims[name] == ("image",)
    assert data.core.dtype == bool
    assert dims["centre_distance"] == ("image",)
    counts = [name for name in data if data[name].dtype == np.int64]
    assert {"histogram", "plane_density"} <= set(counts)
    assert {data[name].dtype for name in data if name not in ("core", *counts)} == {np.dtype(np.float64)}


@pytest.mark.parametrize(("scheduler", "workers"), [("threads", 1), ("threads", 4), ("processes", 2)])
def test_workers_make_no_difference_to_any_bit(analysed, tmp_path: Path, scheduler: str, workers: int) -> None:
    artifacts, out, _ = analysed
    config = UNEVEN.model_copy(update={"workers": workers})
    analyse(*artifacts, config, tmp_path / "again", dask=DaskConfig(scheduler=scheduler))
    assert content(tmp_path / "again") == content(out)


KILLED = """
import os, signal, sys
from pathlib import Path
from tasks.compute.cluster.config import DaskConfig
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.facets import registered

def die(done, total, note=""):
    if done == int(sys.argv[5]):
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    quick = {"normality_points": 100, "simulations": 19, "anchors": 20}
    config = AnalyseConfig(workers=2, block_rows=40, **quick)
    dask = DaskConfig(scheduler=sys.argv[4])
    analyse(Path(sys.argv[1]), Path(sys.argv[2]), config, Path(sys.argv[3]), die, dask)
"""


@pytest.mark.parametrize(("scheduler", "units"), [("threads", 90), ("processes", 20)])
def test_a_killed_run_continues(analysed, tmp_path: Path, caplog, scheduler: str, units: int) -> None:
    artifacts, out, _ = analysed
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    again = tmp_path / "again"
    arguments = [str(path) for path in (script, *artifacts, again)]
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, *arguments, scheduler, str(units)], env=environment, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert len(list((again / "partials").glob("*.safetensors"))) == units
    calls = []
    with caplog.at_level(logging.INFO, logger="latentfaces"):
        analyse(*artifacts, UNEVEN, again, lambda *call: calls.append(call))
    total = 3 * 66 + 1 + len(registered())
    assert f"{units} of {total} units of work kept, {total - units} to do" in caplog.text
    assert [call[0] for call in calls] == list(range(1, total + 1))
    assert content(again) == content(out)


def test_only_results_are_left(analysed) -> None:
    _, out, _ = analysed
    assert sorted(path.name for path in out.iterdir()) == ["statistics.zarr", "summary.json"]


def test_latents_that_are_not_finite_are_named(make_artifacts, cloud, tmp_path: Path) -> None:
    z, partition = cloud[0].copy(), cloud[1]
    z[1234, 3], z[77, 0], z[77, 5] = np.nan, np.inf, np.nan
    artifacts = make_artifacts(z, partition)
    with pytest.raises(InputError, match=r"2 of 2611 .* not finite; the first belongs to image 000077\.jpg"):
        analyse(*artifacts, PLAIN, tmp_path / "out")


def test_too_few_training_images(make_artifacts, tmp_path: Path) -> None:
    artifacts = make_artifacts(np.zeros((5, 2)), np.array([0, 0, 1, 1, 2]))
    with pytest.raises(InputError, match="2 training images; statistics need at least 3"):
        analyse(*artifacts, PLAIN, tmp_path / "out")


def test_latents_of_another_data_set(make_artifacts, tmp_path: Path) -> None:
    artifacts = make_artifacts(np.zeros((5, 2)), np.zeros(6))
    with pytest.raises(InputError, match="encode this data set again"):
        analyse(*artifacts, PLAIN, tmp_path / "out")


def test_a_collapsed_encoder(make_artifacts, tmp_path: Path) -> None:
    artifacts = make_artifacts(np.full((50, 3), 0.7))
    with pytest.raises(InputError, match=r"all 50 training points .* are the same"):
        analyse(*artifacts, PLAIN, tmp_path / "out")


def test_one_component_without_held_out_images(make_artifacts, tmp_path: Path) -> None:
    z = np.random.default_rng(0).standard_normal((400, 1)).astype(np.float32) + 5
    analyse(*make_artifacts(z), PLAIN, tmp_path / "out")
    group = zarr.open_group(tmp_path / "out" / "statistics.zarr", mode="r")
    expected = np.abs(z[:, 0].astype(np.float64) - z.mean(dtype=np.float64)) / z.std(ddof=1, dtype=np.float64)
    np.testing.assert_allclose(group["mahalanobis"][:], expected, rtol=1e-6, atol=1e-9)
    assert "heldout_mean" not in group
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["mahalanobis"]["heldout"] is None


def test_few_points_are_shrunk_and_have_no_core(make_artifacts, tmp_path: Path) -> None:
    z = np.random.default_rng(0).standard_normal((60, 20)).astype(np.float32)
    facts = analyse(*make_artifacts(z), PLAIN, tmp_path / "out")
    group = zarr.open_group(tmp_path / "out" / "statistics.zarr", mode="r")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (
        facts["covariance"] == summary["covariance"]["estimate"] == group.attrs["covariance_estimate"] == "ledoit_wolf"
    )
    assert group.attrs["shrinkage"] == summary["covariance"]["shrinkage"] > 0
    assert not {"core", "core_mean", "core_covariance"} & set(group.array_keys())
    assert summary["core"]["defined"] is False
    assert "60 training points" in summary["core"]["reason"]
    y = z.astype(np.float64) - group["mean"][:]
    expected = np.sqrt(np.einsum("ij,jk,ik->i", y, group["precision"][:], y))
    np.testing.assert_allclose(group["mahalanobis"][:], expected, rtol=1e-10)


def test_a_constant_component_is_left_out(make_artifacts, cloud, tmp_path: Path) -> None:
    z, partition = cloud[0].copy(), cloud[1]
    z[:, 4] = 0.1
    analyse(*make_artifacts(z, partition), PLAIN, tmp_path / "out")
    group = zarr.open_group(tmp_path / "out" / "statistics.zarr", mode="r")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    rest, train = np.delete(z.astype(np.float64), 4, axis=1), partition == 0
    expected = cdist(rest, rest[train].mean(axis=0)[None], "mahalanobis", VI=np.linalg.inv(np.cov(rest[train].T)))[:, 0]
    np.testing.assert_allclose(group["mahalanobis"][:], expected, rtol=1e-9)
    assert summary["constant_components"] == [4]
    assert summary["covariance"]["estimate"] == "sample"
    assert (group["half_width"][4], group["std"][4]) == (0, 0)
    assert np.isnan(group["half_width_ratio"][4])
    assert np.isnan(group["core_correlation"][4]).all()
    assert summary["mahalanobis"]["train"]["mean_square"] == pytest.approx(11 * (train.sum() - 1) / train.sum())


def test_many_duplicates_of_two_points(make_artifacts, tmp_path: Path) -> None:
    z = np.repeat(np.array([[1, 2, 3], [3, 2, 1]], np.float32), 40, axis=0)
    analyse(*make_artifacts(z), PLAIN, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["covariance"]["estimate"] == "ledoit_wolf"
    assert summary["constant_components"] == [1]
    assert summary["core"]["defined"] is False
