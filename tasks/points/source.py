"""Points in a file: their rows block by block, and the values that come with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.points.config import ReadConfig
from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

BLOCK_ROWS = 2**15

SUFFIXES = {
    ".npy": "tasks.points.arrays",
    ".npz": "tasks.points.arrays",
    ".zarr": "tasks.points.zarrs",
    ".h5": "tasks.points.hdf5",
    ".hdf5": "tasks.points.hdf5",
    ".h5ad": "tasks.points.hdf5",
    ".parquet": "tasks.points.parquet",
    ".pq": "tasks.points.parquet",
    ".csv": "tasks.points.text",
    ".tsv": "tasks.points.text",
    ".txt": "tasks.points.text",
}
"""Which module reads a file, by how its name ends."""

Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Source:
    """n points with d components in a file.

    where: file and field in words; blocks: the rows in order, (m, d) or (m, ...) of real numbers, read anew at each
    call; column: the components' names, if they have any; value: a field with one value per point, (n,), by its name,
    raising ``KeyError`` for one that is not there; fields: the names that ``value`` takes, as far as they can be
    listed; names: the field that holds the row names, if the format says so; unused: fields that are neither.
    """

    where: str
    rows: int
    blocks: Callable[[], Iterator[Values]]
    value: Callable[[str], Values]
    column: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    names: str | None = None
    unused: tuple[str, ...] = field(default=())


def open_source(path: Path, config: ReadConfig) -> Source:
    """The points in the file, or Zarr folder, at ``path``. Raises ``InputError`` that names the file or field."""
    from importlib import import_module

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
    opened: Source = import_module(SUFFIXES[ending]).open_points(path, config)
    return opened


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
        from tasks.points.arrays import load_npy

        return load_npy(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text with one value a line: {error}") from error
    lines = [line.strip().strip('"') for line in lines if line.strip()]
    if lines and lines[0].lower() in ("name", "names", "split", "partition", "label", "labels"):
        lines = lines[1:]
    return np.array(lines, dtype=np.str_)


def numeric(dtype: np.dtype[Any], where: str) -> None:
    """Raise ``InputError`` unless values of ``dtype`` can be components."""
    if dtype.hasobject:
        raise InputError(
            f"{where} holds Python objects, which are never unpickled; save plain numbers instead: "
            "np.save(path, np.asarray(z, dtype=np.float32))"
        )
    if dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise InputError(f"{where} is {dtype}; points are float16, float32, float64 or whole numbers")


def two_dimensional(shape: tuple[int, ...], where: str) -> None:
    """Raise ``InputError`` unless ``shape`` is that of points: a row each, whatever the shape of a row."""
    if len(shape) < 2 or 0 in shape:
        words = " × ".join(map(str, shape)) or "a single number"
        remedy = "; a single component takes z.reshape(-1, 1)" if len(shape) == 1 and shape[0] else ""
        raise InputError(f"{where} is {words}; points have one row each and one column per component{remedy}")


def sliced(array: Any, rows: int) -> Callable[[], Iterator[Values]]:
    """The rows of what can be sliced, block by block."""

    def blocks() -> Iterator[Values]:
        for start in range(0, rows, BLOCK_ROWS):
            yield np.asarray(array[start : start + BLOCK_ROWS])

    return blocks


def only(candidates: dict[str, tuple[int, ...]], where: str, option: str = "--field") -> str:
    """The name of the one field that can be meant. Raises ``InputError`` that lists them where it is not one."""
    if len(candidates) == 1:
        return next(iter(candidates))
    if not candidates:
        raise InputError(f"{where} has no array of numbers with a row per point")
    listed = [f"{name} ({' × '.join(map(str, shape))})" for name, shape in candidates.items()]
    raise InputError(f"{where} has several arrays: {first_names(listed, 12)}; choose one with {option} NAME")
