"""CelebA's list files: attributes, partition and person of each image, by its name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.errors import InputError
from tasks.ingestion.candidates import is_image_name

_ATTRIBUTE_CODES = {"1": 1, "-1": 255, "0": 0}  # as the byte of an int8
_PARTITION_CODES = {"0": 0, "1": 1, "2": 2}
_INT8, _INT64 = np.dtype(np.int8), np.dtype("<i8")

UNKNOWN_PERSON = -1

Pack = Callable[[Sequence[str]], bytes]
"""Makes a row's bytes of its fields; raises ``ValueError`` that says what is wrong with one."""


@dataclass(frozen=True)
class ImageList:
    """One value per column for each name: ``rows[name]`` is that image's values of type ``dtype``, as bytes.

    ``unknown``: the value where an image has no row.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Mapping[str, bytes]
    warnings: tuple[str, ...] = ()
    dtype: np.dtype[Any] = _INT8
    unknown: int = 0

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those of ``names`` that have no row."""
        return [name for name in names if name not in self.rows]

    def extra(self, names: Collection[str]) -> list[str]:
        """Rows of images that are not among ``names``."""
        present = set(names)
        return [name for name in self.rows if name not in present]

    def values(self, names: Sequence[str]) -> npt.NDArray[Any]:
        """(n, columns) of ``dtype`` in the order of ``names``; ``unknown`` where an image has no row."""
        unknown = np.full(len(self.columns), self.unknown, self.dtype).tobytes()
        joined = b"".join(self.rows.get(name, unknown) for name in names)
        return np.frombuffer(joined, self.dtype).reshape(len(names), len(self.columns))


def first_names(names: Sequence[str], limit: int = 5) -> str:
    """``a, b, c and 7 more``."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def read_attributes(path: Path) -> ImageList:
    """Read ``list_attr_celeba.txt`` (count, attribute names, a row per image of 1, -1 or 0) or its CSV variant.

    Raises ``InputError`` that names file and line for what is malformed; a wrong count is only a warning.
    """
    if path.suffix == ".csv":
        return ImageList(path, *_read_csv(path, _coded(_ATTRIBUTE_CODES)))
    lines = _lines(path)
    if len(lines) < 2 or not lines[0].strip().isdecimal():
        raise _malformed(path, 1, "expected the number of images, then a line of attribute names")
    columns = tuple(lines[1].split())
    _check_columns(path, 2, columns)
    rows = _rows(path, _split_lines(lines, 3, len(columns)), len(columns), _coded(_ATTRIBUTE_CODES))
    stated = int(lines[0])
    warnings = () if stated == len(rows) else (f"{path.name}: line 1 states {stated} images, it has {len(rows)} rows",)
    return ImageList(path, columns, rows, warnings)


def read_partition(path: Path) -> ImageList:
    """Read ``list_eval_partition.txt`` (rows of name and 0 train, 1 validation, 2 test) or its CSV variant.

    Raises ``InputError`` that names file and line for what is malformed.
    """
    return ImageList(path, ("partition",), _one_value(path, _coded(_PARTITION_CODES)))


def read_identity(path: Path) -> ImageList:
    """Read ``identity_CelebA.txt`` (rows of name and the person's number) or a CSV variant; int64, -1 for unknown.

    Raises ``InputError`` that names file and line for what is malformed.
    """
    return ImageList(path, ("identity",), _one_value(path, _person), (), _INT64, UNKNOWN_PERSON)


def _one_value(path: Path, pack: Pack) -> dict[str, bytes]:
    """Rows of a name and one value: without a header, or as CSV with one."""
    if path.suffix != ".csv":
        return _rows(path, _split_lines(_lines(path), 1, 1), 1, pack)
    columns, rows = _read_csv(path, pack)
    if len(columns) != 1:
        raise _malformed(path, 1, f"expected two columns, got {1 + len(columns)}")
    return rows


def _coded(codes: Mapping[str, int]) -> Pack:
    """A byte a field."""

    def pack(fields: Sequence[str]) -> bytes:
        try:
            return bytes(map(codes.__getitem__, fields))
        except KeyError as error:
            raise ValueError(f"the value {error.args[0]!r}, expected one of {', '.join(codes)}") from None

    return pack


def _person(fields: Sequence[str]) -> bytes:
    """An int64 a field."""
    for field in fields:
        if not (field.isascii() and field.isdecimal() and len(field) <= 18):
            raise ValueError(f"the value {field!r}, expected the number of a person")
    return np.array([int(field) for field in fields], _INT64).tobytes()


def _malformed(path: Path, line: int, what: str) -> InputError:
    return InputError(f"{path}, line {line}: {what}; mend the file or remove it")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _malformed(path, line, "not text in UTF-8") from error


def _check_columns(path: Path, line: int, columns: Sequence[str]) -> None:
    if not columns:
        raise _malformed(path, line, "names no column")
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise _malformed(path, line, f"names {twice[0]!r} twice")


def _split_lines(lines: Sequence[str], first: int, width: int) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not blank; a name may hold blanks, so fields split off the end."""
    for number, line in enumerate(lines[first - 1 :], start=first):
        fields = line.rsplit(maxsplit=width)
        if fields:
            yield number, [fields[0].strip(), *fields[1:]]


def _read_csv(path: Path, pack: Pack) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """The columns after the first, and the rows."""
    reader = csv.reader(_lines(path))
    try:
        columns = tuple(next(reader, [])[1:])
        _check_columns(path, 1, columns)
        entries = ((reader.line_num, fields) for fields in reader if any(fields))
        return columns, _rows(path, entries, len(columns), pack)
    except csv.Error as error:
        raise _malformed(path, reader.line_num, str(error)) from error


def _rows(path: Path, entries: Iterator[tuple[int, list[str]]], width: int, pack: Pack) -> dict[str, bytes]:
    rows: dict[str, bytes] = {}
    for line, (name, *fields) in entries:
        if len(fields) != width:
            raise _malformed(path, line, f"expected a name and {width} values, got {len(fields)} values")
        if not is_image_name(name):
            raise _malformed(path, line, f"{name!r} is not an image's name (or there are more than {width} values)")
        if name in rows:
            raise _malformed(path, line, f"a second row for {name}")
        try:
            rows[name] = pack(fields)
        except ValueError as error:
            raise _malformed(path, line, f"{name} has {error}") from None
    return rows
