"""Other programs open every Zarr store of a study: xarray without a warning, TensorStore to the same numbers."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorstore
import xarray
import zarr

OPEN = """
import json, sys, xarray
for path in sys.argv[1:]:
    data = xarray.open_zarr(path).load()
    print(json.dumps([path, {str(name): list(array.dims) for name, array in data.variables.items()}]))
"""


@pytest.fixture(scope="module")
def zarr_stores(finished_store: Path) -> list[Path]:
    found = sorted(finished_store.glob("*/*/*.zarr"))
    assert {path.name for path in found} >= {"images.zarr", "latents.zarr", "statistics.zarr", "samples.zarr"}
    return found


def test_xarray_alone_warns_of_nothing(zarr_stores: list[Path], tmp_path: Path) -> None:
    """In a process that has not loaded this project, which silences what Zarr says of its own formats."""
    command = [sys.executable, "-W", "error", "-c", OPEN, *map(str, zarr_stores)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    opened = [json.loads(line) for line in done.stdout.splitlines()]
    assert [path for path, _ in opened] == [str(path) for path in zarr_stores]
    for path, arrays in opened:
        for name, dimensions in arrays.items():
            assert len(set(dimensions)) == len(dimensions), f"{path}: {name}"
            assert not any(dimension.startswith("dim_") for dimension in dimensions), f"{path}: {name}"


def test_a_selected_row_is_the_row(finished_store: Path) -> None:
    images, latents, statistics = (
        xarray.open_zarr(next(finished_store.glob(f"{name}/*/{name if name != 'dataset' else 'images'}.zarr")))
        for name in ("dataset", "latents", "statistics")
    )
    z = latents.z.values[images.partition.values == 0].astype(np.float64)
    row = statistics.correlation.sel(component=3)
    assert row.dims == ("other_component",)
    np.testing.assert_allclose(row, np.corrcoef(z, rowvar=False)[3], atol=1e-9)
    pair = statistics.plane_pair.sel(plane=0).values
    np.testing.assert_allclose(
        statistics.plane_covariance.sel(plane=0, side=0), np.cov(z[:, pair], rowvar=False)[0], rtol=1e-5
    )


def test_tensorstore_reads_the_same_numbers(zarr_stores: list[Path]) -> None:
    opened = 0
    for path in zarr_stores:
        for name, array in zarr.open_group(path, mode="r").arrays():
            if array.dtype.kind == "T":
                continue  # TensorStore has no type for text.
            spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path / name)}}
            theirs = tensorstore.open(spec, read=True).result()
            assert theirs.domain.labels == array.metadata.dimension_names, f"{path}: {name}"
            np.testing.assert_array_equal(theirs.read().result(), array[...], err_msg=f"{path}: {name}")
            opened += 1
    assert opened > 50
