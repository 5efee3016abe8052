#!/usr/bin/env bash
# Guess: a square matrix stored in Zarr 3 with dimension_names ["component", "component"] is refused by xarray, or
# .sel(component=3) gives row 3.
# What happens: it opens with a warning about repeated dimensions, and .sel and .isel select along both at once: a single
# number of the diagonal, with a shape that fits further arithmetic. Of a correlation matrix that is always 1.
# Version: xarray 2026.9.0, zarr 3.1.6. Met by whoever labels covariance, distance or adjacency matrices.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/v"
"$folder/v/bin/pip" install --quiet --disable-pip-version-check xarray==2026.9.0 zarr==3.1.6 numpy==2.4.6
cd "$folder"
"$folder/v/bin/python" - <<'P'
import warnings
import numpy as np, xarray, zarr

print("xarray", xarray.__version__, "zarr", zarr.__version__)
matrix = np.corrcoef(np.random.default_rng(0).standard_normal((5, 100)))
group = zarr.open_group("store.zarr", mode="w")
group.create_array("correlation", data=matrix, dimension_names=("component", "component"))
group.create_array("component", data=np.arange(5), dimension_names=("component",))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    opened = xarray.open_zarr("store.zarr", consolidated=False)
    row = opened.correlation.sel(component=3)
print("warnings:", sorted({str(one.message).split(".")[0][:90] for one in caught}))
print("sel(component=3): shape", row.shape, "value", float(row))
assert row.shape == () and float(row) == matrix[3, 3], "this has changed"
P
