"""Points in NumPy's files, ``.npy`` and ``.npz``, which are read and never unpickled."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from tasks.points.config import ReadConfig
from tasks.points.source import Source, Values, numeric, only, sliced, two_dimensional
from tasks.stage.errors import InputError

SAVE = "np.save(path, np.asarray(z, dtype=np.float32))"


def load_npy(path: Path) -> Values:
    """The array in an ``.npy`` file, mapped into memory. Raises ``InputError`` that says what is wrong with it."""
    _check_start(path, b"\x93NUMPY", SAVE)
    try:
        array: Values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        if "object" in str(error).lower():
            numeric(np.dtype(object), str(path))
        raise InputError(f"{path} is damaged or cut short ({error}); save the points again") from error
    return array


def _check_start(path: Path, start: bytes, save: str) -> None:
    """Raise ``InputError`` unless the file begins as its ending says."""
    with open(path, "rb") as file:
        found = file.read(len(start))
    if found != start:
        pickled = found[:1] == b"\x80"
        what = "a pickle, which is never loaded: it could run any code" if pickled else f"no {path.suffix} file"
        raise InputError(f"{path} is {what}; save the points with {save}")


def open_points(path: Path, config: ReadConfig) -> Source:
    """The points in the file."""
    if path.suffix.lower() == ".npy":
        return _of(load_npy(path), str(path), {})
    _check_start(path, b"PK", "np.savez(path, z=z)")
    try:
        archive = np.load(path, allow_pickle=False)
        arrays = {name: _member(archive, path, name) for name in archive.files}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is damaged or cut short ({error}); save it again") from error
    shapes = {name: array.shape for name, array in arrays.items() if array.ndim >= 2 and array.dtype.kind in "fiu"}
    if config.field is not None and config.field not in arrays:
        raise InputError(f"--field {config.field}: {path} has only {', '.join(arrays)}")
    name = config.field or only(shapes, str(path))
    others = {other: array for other, array in arrays.items() if other != name}
    return _of(arrays[name], f"{path}: {name}", others)


def _member(archive: np.lib.npyio.NpzFile, path: Path, name: str) -> Values:
    try:
        array: Values = archive[name]
    except ValueError as error:
        if "object" in str(error).lower():
            numeric(np.dtype(object), f"{path}: {name}")
        raise
    return array


def _of(array: Values, where: str, others: dict[str, Values]) -> Source:
    numeric(array.dtype, where)
    two_dimensional(array.shape, where)
    return Source(where, len(array), sliced(array, len(array)), others.__getitem__, fields=tuple(others))
