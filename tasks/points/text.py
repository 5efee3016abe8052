"""Points in a text file: a row a line, separated by commas, tabs, semicolons or spaces, with a heading or without."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tasks.points.config import ReadConfig
from tasks.points.source import BLOCK_ROWS, Source, Values
from tasks.points.table import components_of
from tasks.stage.errors import InputError

SEPARATORS = (",", "\t", ";")

EXAMPLES = 100
"""Rows by which a column is told to hold whole numbers, fractions or text."""


def open_points(path: Path, config: ReadConfig) -> Source:
    """The points in the file; a first column of text without a heading holds the row names."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            first, *lines = [file.readline() for _ in range(1 + EXAMPLES)]
            rows = sum(bool(line.strip()) for line in lines) + sum(bool(line.strip()) for line in file)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text: {error}") from error
    separator = max(SEPARATORS, key=first.count) if any(one in first for one in SEPARATORS) else None
    heading, examples = _cells(first, separator), [_cells(line, separator) for line in lines if line.strip()]
    headed = not all(_is_number(cell) for cell in heading)
    if not headed:
        rows, examples = rows + 1, [heading, *examples]
        heading = [str(place) for place in range(len(heading))]
    odd = next((cells for cells in examples if len(cells) != len(heading)), None)
    if odd is not None or not examples:
        found = f"a row of {len(odd)} values" if odd is not None else "no rows"
        raise InputError(f"{path} has {len(heading)} columns but {found}; every row needs as many values")
    if len(set(heading)) < len(heading):
        raise InputError(f"{path} has two columns with the same heading; give each its own")
    kinds = {name: _kind(cells) for name, cells in zip(heading, zip(*examples, strict=True), strict=True)}
    chosen = components_of(kinds, [], config, path)
    places = [heading.index(name) for name in chosen]
    names = heading[0] if headed and heading[0] == "" and kinds[""] == "other" else None

    def value(wanted: str) -> Values:
        if wanted not in kinds:
            raise KeyError(wanted)
        return np.concatenate([*_read(path, separator, headed, [heading.index(wanted)], np.str_)] or [np.empty(0)])[
            :, 0
        ]

    unused = tuple(
        name
        for name in heading
        if name not in chosen and name not in {config.names, config.split, config.labels, names}
    )
    return Source(
        str(path),
        rows,
        lambda: _read(path, separator, headed, places, np.float64),
        value,
        chosen if headed else (),
        tuple(heading),
        names,
        unused,
    )


def _cells(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _kind(cells: Sequence[str]) -> str:
    """Of a column, by its first values; an empty one tells nothing."""
    known = [cell for cell in cells if cell]
    if not all(map(_is_number, known)):
        return "other"
    return "whole" if known and all(cell.lstrip("+-").isdigit() for cell in known) else "fraction"


def _read(path: Path, separator: str | None, headed: bool, places: list[int], kind: Any) -> Iterator[Values]:
    start = 0
    with open(path, encoding="utf-8-sig", newline="") as file:
        if headed:
            file.readline()
        while True:
            try:
                with warnings.catch_warnings():
                    # Where nothing is left after the last whole block.
                    warnings.simplefilter("ignore", UserWarning)
                    block = np.loadtxt(
                        file,
                        dtype=kind,
                        comments=None,
                        delimiter=separator,
                        usecols=places,
                        ndmin=2,
                        max_rows=BLOCK_ROWS,
                        quotechar='"',
                    )
            except ValueError as error:
                raise InputError(
                    f"{path}, after row {start}: {error}; every row needs a number in every column: no row is left out "
                    "silently"
                ) from error
            if not len(block):
                return
            yield block
            start += len(block)
            if len(block) < BLOCK_ROWS:
                return
