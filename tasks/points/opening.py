"""Opens a file of points by how its name ends, and finds the values that come with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tasks.points import arrays, hdf5, parquet, text, zarrs
from tasks.points.config import ReadConfig
from tasks.points.source import Source, Values
from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

SUFFIXES: dict[str, Callable[[Path, ReadConfig], Source]] = {
    ".npy": arrays.open_points,
    ".npz": arrays.open_points,
    ".zarr": zarrs.open_points,
    ".h5": hdf5.open_points,
    ".hdf5": hdf5.open_points,
    ".h5ad": hdf5.open_points,
    ".parquet": parquet.open_points,
    ".pq": parquet.open_points,
    ".csv": text.open_points,
    ".tsv": text.open_points,
    ".txt": text.open_points,
}
"""What opens a file, by how its name ends."""


def open_source(path: Path, config: ReadConfig) -> Source:
    """The points in the file, or Zarr folder, at ``path``. Raises ``InputError`` that names the file or field."""
    if not path.exists():
        raise InputError(f"{path} does not exist; give the path of a file of latent points")
    ending = path.suffix.lower()
    if path.is_dir() and ending not in SUFFIXES:
        ending = ".zarr"
        if not any((path / name).exists() for name in ("zarr.json", ".zgroup", ".zarray")):
            raise InputError(f"{path} is a folder, but no Zarr array or group; give a file of latent points")
    if ending not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise InputError(f"{path}: cannot tell what this file is; its name must end in one of {known}")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path} is empty")
    return SUFFIXES[ending](path, config)


def given(source: Source, name: str, option: str) -> Values:
    """One value per point, (n,): the field of ``source`` called ``name``, or the content of the file with that path.

    Raises ``InputError`` that names ``option`` where there is neither, or not as many as points.
    """
    try:
        values, where = source.value(name), f"the field {name}"
    except KeyError:
        path = Path(name)
        if not path.is_file():
            known = f"; the fields are {first_names(source.fields, 12)}" if source.fields else ""
            raise InputError(f"{option} {name}: {source.where} has no such field, nor is it a file{known}") from None
        values, where = _column(path), str(path)
    if values.shape != (source.rows,):
        shape = " × ".join(map(str, values.shape))
        raise InputError(f"{option}: {where} has {shape} values, but there are {source.rows} points; give one each")
    return values


def _column(path: Path) -> Values:
    """The values in a file of their own: ``.npy``, or text with one a line, a heading at the top or not."""
    if path.suffix.lower() == ".npy":
        return arrays.load_npy(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text with one value a line: {error}") from error
    lines = [line.strip().strip('"') for line in lines if line.strip()]
    if lines and lines[0].lower() in ("name", "names", "split", "partition", "label", "labels"):
        lines = lines[1:]
    return np.array(lines, dtype=np.str_)
