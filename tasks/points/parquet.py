"""Points in Parquet: a column per component, or one column of lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tasks.points.config import ReadConfig
from tasks.points.source import BLOCK_ROWS, Source, Values, numeric, only
from tasks.points.table import components_of
from tasks.stage.errors import InputError


def open_points(path: Path, config: ReadConfig) -> Source:
    """The points in the file: those of its only column of lists, else of its columns of fractions."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError(
            f"{path}: Parquet files need pyarrow, which is not installed; pip install 'latentfaces[points]'"
        ) from None
    try:
        file = pq.ParquetFile(path, memory_map=True)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path} is no Parquet file, or damaged: {error}") from error
    schema, rows = file.schema_arrow, file.metadata.num_rows
    types = {field.name: field.type for field in schema}
    lists = [name for name, kind in types.items() if _is_list(kind)]
    spoken_for = {config.names, config.split, config.labels}
    if config.field is not None and config.field not in lists:
        known = ", ".join(lists) or "no columns of lists"
        raise InputError(f"--field {config.field}: {path} has {known}; --field names a column of lists")
    name = config.field or (only(dict.fromkeys(lists, (rows,)), str(path)) if lists and not config.columns else None)

    def value(wanted: str) -> Values:
        if wanted not in types or _is_list(types[wanted]):
            raise KeyError(wanted)
        column = file.read(columns=[wanted], use_threads=False).column(wanted)
        if column.null_count:
            raise InputError(f"{path}: {wanted} lacks {column.null_count} of {rows} values; fill them in")
        return np.asarray(column.to_pylist()) if not pa.types.is_integer(types[wanted]) else column.to_numpy()

    if name is not None:
        _check_type(pa, types[name].value_type, f"{path}: {name}")
        unused = tuple(one for one in types if one != name and one not in spoken_for)
        where = f"{path}: {name}"
        return Source(where, rows, lambda: _lists(file, name, where), value, fields=tuple(types), unused=unused)
    kinds = {one: _kind(pa, kind) for one, kind in types.items() if not _is_list(kind)}
    chosen = components_of(kinds, _index_columns(schema), config, path)
    for one in chosen:
        _check_type(pa, types[one], f"{path}: {one}")
    unused = tuple(one for one in types if one not in chosen and one not in spoken_for)
    return Source(str(path), rows, lambda: _columns(file, chosen, path), value, chosen, tuple(types), unused=unused)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _kind(pa: Any, kind: Any) -> str:
    if pa.types.is_floating(kind):
        return "fraction"
    return "whole" if pa.types.is_integer(kind) else "other"


def _check_type(pa: Any, kind: Any, where: str) -> None:
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise InputError(f"{where} holds {kind}; points are numbers")
    numeric(np.dtype(kind.to_pandas_dtype()), where)


def _index_columns(schema: Any) -> list[str]:
    """The columns that pandas wrote its index into, as the file itself says."""
    about = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    return [name for name in about.get("index_columns", []) if isinstance(name, str)]


def _batches(file: Any, columns: list[str]) -> Iterator[tuple[int, Any]]:
    from pyarrow import default_memory_pool

    start = 0
    for batch in file.iter_batches(batch_size=BLOCK_ROWS, columns=columns, use_threads=False):
        yield start, batch
        start += batch.num_rows
    # The pool keeps what it had: several times the points, as long as the process lives.
    default_memory_pool().release_unused()


def _columns(file: Any, chosen: tuple[str, ...], path: Path) -> Iterator[Values]:
    for start, batch in _batches(file, list(chosen)):
        parts = []
        for name in chosen:
            column = batch.column(name)
            if column.null_count:
                raise _null(f"{path}: {name}", start + _first(column.is_null()))
            parts.append(column.to_numpy(zero_copy_only=False))
        yield np.stack(parts, axis=1)


def _lists(file: Any, name: str, where: str) -> Iterator[Values]:
    width = None
    for start, batch in _batches(file, [name]):
        column = batch.column(name)
        if column.null_count:
            raise _null(where, start + _first(column.is_null()))
        lengths = _lengths(column)
        width = int(lengths[0]) if width is None and len(lengths) else width
        odd = np.flatnonzero(lengths != width)
        if len(odd):
            raise InputError(
                f"{where} has {lengths[odd[0]]} values in row {start + odd[0]}, but {width} in the first; all rows "
                "need as many"
            )
        values = column.flatten()
        if values.null_count:
            raise _null(where, start + _first(values.is_null()) // max(1, width or 1))
        if len(values):
            yield values.to_numpy(zero_copy_only=False).reshape(len(lengths), -1)


def _lengths(column: Any) -> Any:
    size = getattr(column.type, "list_size", None)
    if size is not None and size > 0:
        return np.full(len(column), size)
    return column.value_lengths().to_numpy(zero_copy_only=False)


def _first(flags: Any) -> int:
    return int(np.argmax(flags.to_numpy(zero_copy_only=False)))


def _null(where: str, row: int) -> InputError:
    return InputError(
        f"{where} has no value in row {row} (counted from 0); no point is left out silently: fill it in or remove the "
        "row, and what belongs to it, before"
    )
