"""Points in HDF5: a data set of any file, or an array in ``obsm`` of an AnnData file, by h5py alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tasks.points.config import ReadConfig
from tasks.points.source import Source, Values, numeric, only, sliced, two_dimensional
from tasks.stage.errors import InputError


def open_points(path: Path, config: ReadConfig) -> Source:
    """The points in the file; of an AnnData file those in ``obsm``, and the names of its observations."""
    try:
        import h5py
    except ImportError:
        raise InputError(
            f"{path}: HDF5 files need h5py, which is not installed; pip install 'latentfaces[points]'"
        ) from None
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path} is no HDF5 file, or damaged: {error}") from error
    sets: dict[str, Any] = {}
    file.visititems(lambda name, item: sets.__setitem__(name, item) if isinstance(item, h5py.Dataset) else None)
    name = config.field.strip("/") if config.field else _default(file, sets, path)
    if name not in sets and f"obsm/{name}" in file:
        name = f"obsm/{name}"
    if name not in sets:
        if name in file:
            raise InputError(
                f"{path}: {name} is a table or a sparse matrix, not one dense array; write it as one, such as "
                f"adata.obsm[{name.rpartition('/')[2]!r}] = np.asarray(...)"
            )
        raise InputError(f"--field {config.field}: {path} has only {', '.join(_shapes(sets)) or 'no arrays'}")
    array, where = sets[name], f"{path}: {name}"
    numeric(array.dtype, where)
    two_dimensional(array.shape, where)

    def value(wanted: str) -> Values:
        return _value(file, wanted)

    index = file["obs"].attrs.get("_index") if "obs" in file and isinstance(file["obs"], h5py.Group) else None
    return Source(
        where,
        array.shape[0],
        sliced(array, array.shape[0]),
        value,
        fields=tuple(file["obs"]) if "obs" in file and isinstance(file["obs"], h5py.Group) else tuple(sets),
        names=str(index) if index is not None and str(index) in file["obs"] else None,
    )


def _shapes(sets: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: item.shape for name, item in sets.items() if item.ndim >= 2 and item.dtype.kind in "fiu"}


def _default(file: Any, sets: dict[str, Any], path: Path) -> str:
    shapes = _shapes(sets)
    if "obsm" in file:
        # X and layers are what was encoded, not the points.
        shapes = {name: shape for name, shape in shapes.items() if name.startswith("obsm/")}
        return only(shapes, f"{path}: obsm")
    return only(shapes, str(path))


def _value(file: Any, name: str) -> Values:
    """A data set, or a column of AnnData's ``obs``, its categories by their names. Raises ``KeyError``."""
    item = file[name] if name in file else file["obs"][name]
    if hasattr(item, "keys"):
        if not {"categories", "codes"} <= set(item.keys()):
            raise KeyError(name)
        codes, categories = np.asarray(item["codes"]), _text(np.asarray(item["categories"]))
        return np.where(codes >= 0, categories[np.maximum(codes, 0)], "")
    return _text(np.asarray(item[...]))


def _text(values: Values) -> Values:
    if values.dtype.kind in "SO":
        return np.array([one.decode() if isinstance(one, bytes) else str(one) for one in values], dtype=np.str_)
    return values
