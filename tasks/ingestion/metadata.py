"""``metadata.csv`` and ``metadata.jsonl``, as image-folder loaders know them: a row for each file's name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tasks.ingestion.lists import (
    ABSENT,
    ATTRIBUTE_CODES,
    PARTITION_CODES,
    ZERO_IS_ABSENT,
    ImageList,
    ListFile,
    csv_rows,
    malformed,
    text_lines,
)

FILES = ("metadata.csv", "metadata.jsonl")
FILE_NAME = "file_name"
SPLIT = "split"

Rows = dict[str, dict[str, str]]
"""The fields of each image, as text, by the image's name."""


class Metadata(NamedTuple):
    """Attributes and partition, each None where no column says it, and notes on columns that are not used."""

    attributes: ImageList | None = None
    partition: ImageList | None = None
    notes: tuple[str, ...] = ()


def read_metadata(files: Sequence[ListFile]) -> Metadata:
    """What metadata files say of the images.

    ``files``: under their relative POSIX paths; the names in them are relative to their folders. A column is an
    attribute if all its values are 0, 1, -1, true, false or empty (unknown), the column ``split`` a partition if its
    values are words such as train and test. A file without a column ``file_name`` is not used, with a note. Raises
    ``InputError`` that names file and line for what is malformed.
    """
    used = [file for file in files if _names_files(file)]
    notes = tuple(f"{file.name} is not used: it has no column {FILE_NAME}" for file in files if file not in used)
    rows = _rows_of(used)
    if not rows:
        return Metadata(notes=notes)
    title = " and ".join(file.name for file in used)
    location = " and ".join(file.location for file in used)
    columns = list(dict.fromkeys(column for fields in rows.values() for column in fields if column))
    values = {column: _values(rows, column) for column in columns}
    split, remarks = _split(title, location, rows, values)
    binary = [column for column in columns if column.lower() != SPLIT and values[column] <= ATTRIBUTE_CODES.keys()]
    attributes = _attributes(title, location, rows, {column: values[column] for column in binary}) if binary else None
    unused = [column for column in columns if column.lower() != SPLIT and column not in binary]
    if unused:
        noun = "column is" if len(unused) == 1 else "columns are"
        unlike = f"{len(unused)} {noun} not used, as the values are not 0 and 1 ({', '.join(unused)})"
        remarks = (*remarks, f"{title}: {unlike}")
    return Metadata(attributes, split, (*notes, *remarks))


def _names_files(file: ListFile) -> bool:
    if file.name.endswith(".jsonl"):
        return f'"{FILE_NAME}"' in next((line for line in text_lines(file) if line.strip()), "")
    _, header = next(csv_rows(file), (1, []))
    return FILE_NAME in header


def _rows_of(files: Sequence[ListFile]) -> Rows:
    rows: Rows = {}
    for file in files:
        folder = file.name.removesuffix(file.name.rpartition("/")[2])
        for line, fields in _records(file):
            name = folder + fields.pop(FILE_NAME).removeprefix("./")
            if name == folder:
                raise malformed(file, line, f"no value for {FILE_NAME}, the image's file name")
            if name in rows:
                raise malformed(file, line, f"a second row for {name}")
            rows[name] = fields
    return rows


def _records(file: ListFile) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of each row; values as text, empty where there are none."""
    if file.name.endswith(".jsonl"):
        yield from _json_records(file)
        return
    entries = csv_rows(file)
    line, header = next(entries)
    twice = [column for column in header if column and header.count(column) > 1]
    if twice:
        raise malformed(file, line, f"names the column {twice[0]!r} twice")
    for line, values in entries:
        if len(values) != len(header):
            raise malformed(file, line, f"expected {len(header)} values, got {len(values)}")
        yield line, dict(zip(header, values, strict=True))


def _json_records(file: ListFile) -> Iterator[tuple[int, dict[str, str]]]:
    for line, text in enumerate(text_lines(file), start=1):
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            reason = (
                error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply, or too large a number"
            )
            raise malformed(file, line, f"not JSON ({reason})") from error
        if not isinstance(record, dict) or not isinstance(record.get(FILE_NAME), str):
            raise malformed(file, line, f"expected an object with a {FILE_NAME}, the name of the row's image")
        fields = {name: "" if value is None else str(value) for name, value in record.items()}
        try:
            "".join((*fields, *fields.values())).encode()
        except UnicodeEncodeError as error:
            raise malformed(file, line, "holds half of a character (a lone surrogate)") from error
        yield line, fields


def _values(rows: Rows, column: str) -> set[str]:
    """What a column holds beside nothing; ``{""}`` if it holds nothing at all."""
    return {fields.get(column, "") for fields in rows.values()} - {""} or {""}


def _split(
    title: str, location: str, rows: Rows, values: Mapping[str, set[str]]
) -> tuple[ImageList | None, tuple[str, ...]]:
    """The partition of the column ``split``, or a note on why it is none. ``values``: by column."""
    column = next((column for column in values if column.lower() == SPLIT), None)
    if column is None:
        return None, ()
    codes = {value: PARTITION_CODES.get(value.lower()) for value in sorted(values[column])}
    unknown = [value for value, code in codes.items() if code is None]
    if unknown:
        return None, (f"{title}: the column {column} is not used, as {unknown[0]!r} is not train, validation or test",)
    if 0 not in codes.values() or len(set(codes.values())) < 2:
        return None, (f"{title}: the column {column} is not used, as it must have images to train on and held out",)
    packed = {name: bytes([codes[value] or 0]) for name, fields in rows.items() if (value := fields.get(column, ""))}
    return ImageList(title, location, (SPLIT,), packed), ()


def _attributes(title: str, location: str, rows: Rows, values: Mapping[str, set[str]]) -> ImageList:
    """A byte for each column, 0 for no value; in a column without -1, 0 stands for absent, with a note."""
    notes: tuple[str, ...] = ()
    codes: dict[str, Mapping[str, int]] = {}
    for column, found in values.items():
        codes[column] = ATTRIBUTE_CODES
        present = {ATTRIBUTE_CODES[value] for value in found}
        if ABSENT not in present and 0 in present:
            codes[column] = {value: code or ABSENT for value, code in ATTRIBUTE_CODES.items()}
            notes = (ZERO_IS_ABSENT.format(title),)
    packed = {
        name: bytes(codes[column].get(fields.get(column, ""), 0) for column in values) for name, fields in rows.items()
    }
    return ImageList(title, location, tuple(values), packed, notes)
