"""Points in a Zarr array, or in the only array with a row per point of a Zarr group."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.points.config import ReadConfig
from tasks.points.source import Source, Values, numeric, only, sliced, two_dimensional
from tasks.stage.errors import InputError

if TYPE_CHECKING:
    import zarr


def open_points(path: Path, config: ReadConfig) -> Source:
    """The points in the folder; a missing chunk, which would read as zeros, is an error."""
    import zarr  # points in other files do without it

    try:
        opened: Any = zarr.open(str(path), mode="r")
    except Exception as error:
        raise InputError(f"{path} cannot be opened as Zarr: {error}") from error
    if isinstance(opened, zarr.Array):
        return _of(opened, str(path), {})
    arrays = {name: array for name, array in opened.members(max_depth=None) if isinstance(array, zarr.Array)}
    if config.field is not None and config.field not in arrays:
        raise InputError(f"--field {config.field}: {path} has only {', '.join(arrays)}")
    shapes = {name: array.shape for name, array in arrays.items() if array.ndim >= 2 and _is_number(array)}
    name = config.field or only(shapes, str(path))
    return _of(arrays[name], f"{path}: {name}", arrays)


def _is_number(array: zarr.Array[Any]) -> bool:
    return np.dtype(array.dtype).kind in "fiu"


def _of(array: zarr.Array[Any], where: str, others: dict[str, zarr.Array[Any]]) -> Source:
    numeric(np.dtype(array.dtype), where)
    two_dimensional(array.shape, where)
    _check_chunks(array, where)

    def value(name: str) -> Values:
        _check_chunks(others[name], f"{where}, {name}")
        return np.asarray(others[name][...])

    fields = tuple(name for name, other in others.items() if other.shape == array.shape[:1])
    return Source(where, array.shape[0], sliced(array, array.shape[0]), value, fields=fields)


def _check_chunks(array: zarr.Array[Any], where: str) -> None:
    missing = array.nchunks - array.nchunks_initialized
    if missing:
        raise InputError(
            f"{where} lacks {missing} of {array.nchunks} chunks, which would read as {array.fill_value}; write it again"
        )
