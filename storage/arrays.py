"""Zarr arrays as this project keeps them: labelled dimensions, checksums, no silent fill values.

Plain zstd chunks return wrong data silently after a bit flip, and a missing chunk reads as the fill
value; so every chunk ends in a CRC-32C and is written even if empty, and ``open_complete`` counts them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec

warnings.filterwarnings("ignore", category=zarr.errors.UnstableSpecificationWarning)

# For all arrays that this process opens: it is no part of an array's metadata.
zarr.config.set({"array.write_empty_chunks": True})

CHUNK_BYTES = 4 * 2**20

PLAIN = (np.dtype(np.float32), np.dtype(np.uint8))
"""What is kept as it is, uncompressed."""


def rows_per_chunk(row_bytes: int, rows: int, chunk_bytes: int = CHUNK_BYTES) -> int:
    """Rows of ``row_bytes`` bytes each that make a chunk of about ``chunk_bytes``, at most ``rows``."""
    return max(1, min(rows, chunk_bytes // max(1, row_bytes)))


def create_array(
    group: zarr.Group,
    name: str,
    shape: Sequence[int],
    dtype: Any,
    dimension_names: Sequence[str],
    chunks: Sequence[int] | None = None,
) -> zarr.Array[Any]:
    """Create an empty array, or open the one that is already there if it is exactly the same.

    ``chunks``: by default whole trailing dimensions and as many rows as make about 4 MiB. Chunks of float32 and uint8
    are not compressed: latent points would shrink by 8 %, pixels of faces by 0 to 12 %, and packing and unpacking take
    longer than the disk.
    Raises ``ValueError`` if another array of that name is there, or if two dimensions share a name: xarray selects
    wrong values along such a dimension, and TensorStore refuses the array.
    """
    if len(set(dimension_names)) < len(dimension_names):
        raise ValueError(f"{name}: two dimensions share a name in {tuple(dimension_names)}; give each its own")
    if name in group:
        array = group[name]
        if not isinstance(array, zarr.Array) or array.shape != tuple(shape):
            raise ValueError(f"{group.store_path}/{name} has a different shape; delete its folder to redo it")
        return array
    if chunks is None:
        item = 64 if dtype is str else np.dtype(dtype).itemsize
        row = item * int(np.prod(shape[1:], dtype=np.int64))
        chunks = (rows_per_chunk(row, shape[0]), *shape[1:])
    return group.create_array(
        name,
        shape=tuple(shape),
        dtype=dtype,
        chunks=tuple(max(1, size) for size in chunks),
        compressors=[Crc32cCodec()] if np.dtype(dtype) in PLAIN else [ZstdCodec(level=1), Crc32cCodec()],
        dimension_names=tuple(dimension_names),
    )


def write_array(group: zarr.Group, name: str, values: npt.ArrayLike, dimension_names: Sequence[str]) -> None:
    """Write a whole small array at once; strings are kept as UTF-8 of variable length."""
    array = np.asarray(values)
    dtype: Any = str if array.dtype.kind in "UT" else array.dtype
    target = create_array(group, name, array.shape, dtype, dimension_names)
    target[...] = array


def open_for_writing(path: Path) -> zarr.Group:
    """Open or create the Zarr (format 3) group at ``path``."""
    return zarr.open_group(path, mode="a", zarr_format=3)


def open_complete(path: Path) -> zarr.Group:
    """Open the finished group at ``path`` read-only.

    Raises ``ValueError`` that names the array if a chunk is missing (it would read as zeros).
    """
    if not path.exists():
        raise ValueError(f"{path} is missing; delete its folder to redo it")
    group = zarr.open_group(path, mode="r")
    for name, array in group.arrays():
        if array.nchunks_initialized != array.nchunks:
            missing = array.nchunks - array.nchunks_initialized
            raise ValueError(
                f"{path}/{name} lacks {missing} of {array.nchunks} chunks; delete {path.parent} to redo it"
            )
    return group


def stored_array(group: zarr.Group, name: str) -> zarr.Array[Any]:
    """The array ``name`` as it is stored. Raises ``KeyError`` that names the group if it is absent."""
    if name not in group:
        raise KeyError(f"{group.store_path} has no array {name!r}")
    array = group[name]
    assert isinstance(array, zarr.Array)
    return array


def read_array(group: zarr.Group, name: str) -> npt.NDArray[Any]:
    """The whole array ``name`` in memory. Raises ``KeyError`` that names the group if it is absent."""
    return np.asarray(stored_array(group, name)[...])


def finish(path: Path) -> None:
    """Consolidate the metadata of the finished group at ``path``, which makes it open fast and without a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=zarr.errors.ZarrUserWarning)
        zarr.consolidate_metadata(str(path), zarr_format=3)


def read_rows(array: zarr.Array[Any], rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
    """The ``rows`` of a large array, in the order asked for, reading every chunk they touch once and no other."""
    wanted = np.asarray(rows, np.int64)
    found = np.empty((len(wanted), *array.shape[1:]), array.dtype)
    step = array.chunks[0]
    for chunk in np.unique(wanted // step):
        inside = np.flatnonzero(wanted // step == chunk)
        found[inside] = np.asarray(array[chunk * step : (chunk + 1) * step])[wanted[inside] - chunk * step]
    return found
