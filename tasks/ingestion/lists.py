"""CelebA's list files: attributes, partition and person of each image, by its name."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.ingestion.candidates import is_image_name
from tasks.stage.errors import InputError
from tasks.stage.wording import counted

ABSENT = 255
"""-1 as the byte of an int8."""

ATTRIBUTE_CODES = {
    **dict.fromkeys(("1", "1.0", "true", "True", "TRUE"), 1),
    **dict.fromkeys(("-1", "-1.0"), ABSENT),
    **dict.fromkeys(("0", "0.0", "false", "False", "FALSE"), 0),
}
PARTITION_CODES = {
    **dict.fromkeys(("0", "0.0", "train", "training"), 0),
    **dict.fromkeys(("1", "1.0", "validation", "valid", "val", "dev"), 1),
    **dict.fromkeys(("2", "2.0", "test", "testing", "eval", "evaluation"), 2),
}
"""CelebA's numbers, and the words of image-folder loaders."""

_INT8, _INT64 = np.dtype(np.int8), np.dtype("<i8")

ZERO_IS_ABSENT = "{} codes attributes as 0 and 1: 0 is read as absent (-1), not as unknown"

_SEPARATORS = " \t;,"

UNKNOWN_PERSON = -1

Pack = Callable[[Sequence[str]], bytes]
"""Makes a row's bytes of its fields; raises ``ValueError`` that says what is wrong with one."""


class ListFile(NamedTuple):
    """A list file: ``name`` is its base name, ``location`` where it lies, for messages."""

    name: str
    location: str
    content: bytes


@dataclass(frozen=True)
class ImageList:
    """One value per column for each name: ``rows[name]`` is that image's values of type ``dtype``, as bytes.

    ``name``: what the values were read from, ``location``: where that lies, both for messages. ``unknown``: the value
    where an image has no row.
    """

    name: str
    location: str
    columns: tuple[str, ...]
    rows: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
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


def read_attributes(file: ListFile) -> ImageList:
    """Read ``list_attr_celeba.txt`` (count, attribute names, a row per image of 1, -1 or 0) or its CSV variant.

    Where a file has no -1, its 0 stands for absent, not for unknown. Raises ``InputError`` that names file and line
    for what is malformed; a wrong count is only a note.
    """
    pack = coded(ATTRIBUTE_CODES)
    if _is_csv(file):
        columns, rows = _read_csv(file, pack)
        return _attributes(file, columns, rows, ())
    lines = text_lines(file)
    if len(lines) < 2 or not lines[0].strip(_SEPARATORS).isdecimal():
        raise malformed(file, 1, "expected the number of images, then a line of attribute names")
    lines = _separated_by_blanks(lines, 3)
    columns = tuple(lines[1].split())
    _check_columns(file, 2, columns)
    rows = _rows(file, _split_lines(lines, 3, len(columns)), len(columns), pack)
    stated = int(lines[0].strip(_SEPARATORS))
    notes = () if stated == len(rows) else (f"{file.name}: line 1 states {stated} images, it has {len(rows)} rows",)
    return _attributes(file, columns, rows, notes)


def read_partition(file: ListFile) -> ImageList:
    """Read ``list_eval_partition.txt`` (rows of name and 0 train, 1 validation, 2 test) or its CSV variant.

    Raises ``InputError`` that names file and line for what is malformed.
    """
    return ImageList(file.name, file.location, ("partition",), _one_value(file, coded(PARTITION_CODES)))


def read_identity(file: ListFile) -> ImageList:
    """Read ``identity_CelebA.txt`` (rows of name and the person's number) or a CSV variant; int64, -1 for unknown.

    Raises ``InputError`` that names file and line for what is malformed.
    """
    return persons(file.name, file.location, _one_value(file, _person))


def persons(name: str, location: str, rows: Mapping[str, bytes]) -> ImageList:
    """The person of each image, int64, -1 for unknown."""
    return ImageList(name, location, ("identity",), rows, (), _INT64, UNKNOWN_PERSON)


def person(number: int) -> bytes:
    """A row of ``persons``."""
    return number.to_bytes(8, "little", signed=True)


def _attributes(file: ListFile, columns: tuple[str, ...], rows: dict[str, bytes], notes: Sequence[str]) -> ImageList:
    """Attributes by name; coded 0 and 1, with no -1 anywhere, they are coded -1 and 1 here."""
    if not any(ABSENT in row for row in rows.values()) and any(0 in row for row in rows.values()):
        rows = {name: row.replace(bytes([0]), bytes([ABSENT])) for name, row in rows.items()}
        notes = [*notes, ZERO_IS_ABSENT.format(file.name)]
    return ImageList(file.name, file.location, columns, rows, tuple(notes))


def coded(codes: Mapping[str, int]) -> Pack:
    """A byte a field."""

    def pack(fields: Sequence[str]) -> bytes:
        try:
            return bytes(map(codes.__getitem__, fields))
        except KeyError as error:
            expected = ", ".join(code for code in codes if code.lstrip("-").isdecimal())
            raise ValueError(f"the value {error.args[0]!r}, expected one of {expected}") from None

    return pack


def malformed(file: ListFile, line: int, what: str) -> InputError:
    """An error that says what is wrong with a line of a list."""
    return InputError(f"{file.location}, line {line}: {what}; correct the file or remove it")


def text_lines(file: ListFile) -> list[str]:
    """The lines of a text file in UTF-8. Raises ``InputError`` that names the line that is not."""
    try:
        return file.content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise malformed(file, line, "not text in UTF-8") from error


def csv_rows(file: ListFile) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not blank, separated by comma, semicolon or tab."""
    lines = text_lines(file)
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for fields in reader:
            if any(fields):
                yield reader.line_num, [field.strip() for field in fields]
    except csv.Error as error:
        raise malformed(file, reader.line_num, str(error)) from error


def _is_csv(file: ListFile) -> bool:
    return file.name.lower().endswith(".csv")


def _one_value(file: ListFile, pack: Pack) -> dict[str, bytes]:
    """Rows of a name and one value: without a header, or as CSV with one."""
    if not _is_csv(file):
        return _rows(file, _split_lines(_separated_by_blanks(text_lines(file), 1), 1, 1), 1, pack)
    columns, rows = _read_csv(file, pack)
    if len(columns) != 1:
        raise malformed(file, 1, f"expected two columns, got {1 + len(columns)}")
    return rows


def _person(fields: Sequence[str]) -> bytes:
    """An int64 a field."""
    for field in fields:
        if not (field.isascii() and field.isdecimal() and len(field) <= 18):
            raise ValueError(f"the value {field!r}, expected the number of a person")
    return person(int(fields[0]))


def _check_columns(file: ListFile, line: int, columns: Sequence[str]) -> None:
    if not columns:
        raise malformed(file, line, "names no column")
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise malformed(file, line, f"names {twice[0]!r} twice")


def _separated_by_blanks(lines: list[str], first: int) -> list[str]:
    """``lines`` with blanks for the semicolons or commas that separate their fields, if any do.

    ``first``: the number of the first row; where it falls apart at blanks, the file is as CelebA's are.
    """
    row = next((line.strip() for line in lines[first - 1 :] if line.strip()), "")
    separator = next((mark for mark in ";," if mark in row), None)
    if separator is None or is_image_name(row.split()[0]):
        return lines
    return [line.replace(separator, " ") for line in lines]


def _split_lines(lines: Sequence[str], first: int, width: int) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not blank; a name may hold blanks, so fields split off the end."""
    for number, line in enumerate(lines[first - 1 :], start=first):
        fields = line.rsplit(maxsplit=width)
        if fields:
            fields[0] = fields[0].strip()
            yield number, fields


def _read_csv(file: ListFile, pack: Pack) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """The columns after the first, and the rows."""
    entries = csv_rows(file)
    line, header = next(entries, (1, []))
    columns = tuple(header[1:])
    _check_columns(file, line, columns)
    return columns, _rows(file, entries, len(columns), pack)


def _rows(file: ListFile, entries: Iterator[tuple[int, list[str]]], width: int, pack: Pack) -> dict[str, bytes]:
    """Values by name; where the first name has an image's extension, all must, lest a value be taken for a name."""
    rows: dict[str, bytes] = {}
    extension: bool | None = None
    for line, (name, *fields) in entries:
        if len(fields) != width:
            raise malformed(
                file, line, f"expected a name and {counted(width, 'value')}, got {counted(len(fields), 'value')}"
            )
        is_image = is_image_name(name)
        extension = is_image if extension is None else extension
        if not is_image and (extension or " " in name):
            more = f"(or there is more than {counted(width, 'value')})"
            raise malformed(file, line, f"{name!r} is not an image's name {more}")
        if name in rows:
            raise malformed(file, line, f"a second row for {name}")
        try:
            rows[name] = pack(fields)
        except ValueError as error:
            raise malformed(file, line, f"{name} has {error}") from None
    return rows
