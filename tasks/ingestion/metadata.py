"""``metadata.csv`` and ``metadata.jsonl``, as image-folder loaders know them: a row for each file's name."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    attribute if all its values are 0, 1, true, false or empty (unknown), the column ``split`` a partition if its
    values are words such as train and test. Raises ``InputError`` that names file and line for what is malformed.
    """
    rows = _rows_of(files)
    if not rows:
        return Metadata()
    title = " and ".join(file.name for file in files)
    place = " and ".join(file.place for file in files)
    columns = list(dict.fromkeys(column for fields in rows.values() for column in fields))
    binary = [column for column in columns if _all_in(ATTRIBUTE_CODES, rows, column)]
    split = [column for column in columns if column.lower() == SPLIT and _all_in(PARTITION_CODES, rows, column)][:1]
    attributes = partition = None
    if binary:
        codes, notes = _attribute_codes(
            title, {fields.get(column, "") for fields in rows.values() for column in binary}
        )
        attributes = ImageList(title, place, tuple(binary), _packed(rows, binary, codes), notes)
    if split:
        with_split = {name: fields for name, fields in rows.items() if fields.get(split[0])}
        partition = ImageList(title, place, (SPLIT,), _packed(with_split, split, PARTITION_CODES))
    unused = [column for column in columns if column not in (*binary, *split)]
    return Metadata(attributes, partition, _notes(title, unused))


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


def _notes(title: str, unused: Sequence[str]) -> tuple[str, ...]:
    if not unused:
        return ()
    noun = "column is" if len(unused) == 1 else "columns are"
    return (f"{title}: {len(unused)} {noun} not used, as the values are not 0 and 1 ({', '.join(unused)})",)


def _records(file: ListFile) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of each row; values as text, empty where there are none."""
    if file.name.endswith(".jsonl"):
        yield from _json_records(file)
        return
    entries = csv_rows(file)
    line, header = next(entries, (1, []))
    if FILE_NAME not in header:
        raise malformed(file, line, f"no column {FILE_NAME}, which names the image of each row")
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
        except json.JSONDecodeError as error:
            raise malformed(file, line, f"not JSON ({error.msg})") from error
        if not isinstance(record, dict) or not isinstance(record.get(FILE_NAME), str):
            raise malformed(file, line, f"expected an object with a {FILE_NAME}, the name of the row's image")
        yield line, {name: "" if value is None else str(value) for name, value in record.items()}


def _all_in(codes: Mapping[str, int], rows: Rows, column: str) -> bool:
    values = {fields.get(column, "") for fields in rows.values()} - {""}
    return bool(values) and values <= codes.keys()


def _attribute_codes(title: str, values: Collection[str]) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """A byte for each value, unknown for none; where there is no -1, 0 stands for absent, with a note."""
    present = {ATTRIBUTE_CODES[value] for value in values if value}
    if ABSENT in present or 0 not in present:
        return ATTRIBUTE_CODES, ()
    codes = {value: code or ABSENT for value, code in ATTRIBUTE_CODES.items()}
    return codes, (ZERO_IS_ABSENT.format(title),)


def _packed(rows: Rows, columns: Collection[str], codes: Mapping[str, int]) -> dict[str, bytes]:
    """A byte for each column."""
    return {name: bytes(codes.get(fields.get(column, ""), 0) for column in columns) for name, fields in rows.items()}
