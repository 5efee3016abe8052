"""Reads the points once: whether each can be used, and a digest of them all, before anything long starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.compute.progress import Progress, no_progress
from tasks.points.config import ReadConfig
from tasks.points.opening import given, open_source
from tasks.points.source import Source
from tasks.points.split import check_sides, drawn_partition, partition_of
from tasks.stage.errors import InputError
from tasks.stage.wording import counted, first_names

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

MOST_CATEGORIES = 100
ROUNDED = 1e-3
"""Share of a component's standard deviation that rounding to float32 may take from its values."""

WHOLE_SPLIT, SEEDED = "given", "seeded"


@dataclass(frozen=True)
class Beside:
    """What comes with the points.

    partition: (n,) int8; split: ``given`` or ``seeded``; names: None without; label: (n,) int64 numbers of
    ``categories``, None without labels.
    """

    partition: npt.NDArray[np.int8]
    split: str
    names: list[str] | None
    label: npt.NDArray[np.int64] | None
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Scan:
    """What one reading found. digest: of values, split, names and labels, whatever file they came in."""

    rows: int
    components: int
    digest: str
    notes: tuple[str, ...]


def beside(source: Source, config: ReadConfig) -> Beside:
    """Names, split and labels. Raises ``InputError`` that names the option or the field."""
    chosen = config.names or source.names
    named = given(source, chosen, "--names") if chosen is not None else None
    names = None if named is None else [str(name) for name in named.tolist()]
    if config.split is not None:
        partition, split = partition_of(given(source, config.split, "--split"), config.split), WHOLE_SPLIT
    else:
        partition, split = drawn_partition(names, source.rows, config), SEEDED
    check_sides(partition, source.where)
    if config.labels is None:
        return Beside(partition, split, names, None, ())
    values = given(source, config.labels, "--labels").astype(np.str_)
    categories, label = np.unique(values, return_inverse=True)
    if len(categories) > MOST_CATEGORIES:
        raise InputError(
            f"--labels: {config.labels} has {len(categories)} different values; labels are at most {MOST_CATEGORIES} "
            "categories"
        )
    return Beside(partition, split, names, label.reshape(-1), tuple(map(str, categories)))


def scan(path: Path, config: ReadConfig, progress: Progress = no_progress) -> Scan:
    """Read everything at ``path`` once. Raises ``InputError`` that names the file or field, the row, and what to do."""
    source = open_source(path, config)
    if source.rows < 1:
        raise InputError(f"{source.where} has no rows")
    found = beside(source, config)
    digest, checks = blake2b(digest_size=16), None
    read = 0
    for z in usable_blocks(source, found.names):
        checks = checks or _Checks(source, z.shape[1])
        checks.add(z)
        digest.update(np.ascontiguousarray(z.astype("<f4")).data)
        read += len(z)
        progress(read, source.rows)
    assert checks is not None
    if read != source.rows:
        raise InputError(f"{source.where} has {read} rows where its heading says {source.rows}; write it again")
    checks.finish()
    for part in (found.names or [], found.categories):
        digest.update("\n".join(part).encode("utf-8", "surrogateescape") + b"\0")
    digest.update(found.partition.tobytes())
    digest.update(b"" if found.label is None else found.label.tobytes())
    notes = [f"not used: {first_names(source.unused)}"] if source.unused else []
    return Scan(read, checks.components, digest.hexdigest(), tuple(notes))


def usable_blocks(source: Source, names: list[str] | None) -> Iterator[Float64]:
    """The rows of ``source`` as (m, d) float64, each flattened row by row. Raises ``InputError`` at one not finite."""
    start = 0
    for block in source.blocks():
        z = np.asarray(block, np.float64).reshape(len(block), -1)
        limit = float(np.finfo(np.float32).max)
        bad = ~(np.abs(z) <= limit).all(axis=1)  # NaN compares as false.
        if bad.any():
            row = start + int(np.argmax(bad))
            value = z[row - start][~(np.abs(z[row - start]) <= limit)][0]
            name = f" ({names[row]})" if names is not None else ""
            raise InputError(
                f"{source.where}: row {row}{name}, counted from 0, holds {value:g}, and "
                f"{counted(int(bad.sum()), 'row')} of the {len(z)} read with it are no points of finite float32 "
                "numbers; no row is left out silently: remove them, and what belongs to them, before"
            )
        yield z
        start += len(z)


class _Checks:
    """Finds components that count the rows, vary too little for float32, or do not vary at all."""

    def __init__(self, source: Source, components: int) -> None:
        self._source, self.components = source, components
        self._counts = np.ones(components, bool)
        self._last: Float64 | None = None
        self._rows, self._sum, self._squares = 0, np.zeros(components), np.zeros(components)
        self._rounding = np.zeros(components)
        self._first: Float64 | None = None

    def add(self, z: Float64) -> None:
        """Look at some rows more."""
        if self._first is None:
            self._first = z[0].copy()
        before = z[:1] - 1 if self._last is None else self._last[None]
        self._counts &= (np.diff(z, axis=0, prepend=before) == 1).all(axis=0)
        self._last = z[-1].copy()
        offset = z - self._first
        self._rows += len(z)
        self._sum += offset.sum(axis=0)
        self._squares += np.einsum("nd,nd->d", offset, offset)
        self._rounding = np.maximum(self._rounding, np.abs(z - z.astype(np.float32)).max(axis=0))

    def finish(self) -> None:
        """Raise ``InputError`` for the first component that cannot be one."""
        where = self._source.where
        counting = np.flatnonzero(self._counts)
        if len(counting):
            name = self._name(int(counting[0]))
            raise InputError(
                f"{where}: {name} counts the rows, so it is an index, which would become a component; write the points "
                "without it (z[:, 1:], or index=False)"
            )
        variance = np.maximum(self._squares / self._rows - (self._sum / self._rows) ** 2, 0)
        if not variance.any():
            raise InputError(f"{where}: all {self._rows} points are the same; there is nothing to study")
        lost = np.flatnonzero((variance > 0) & (self._rounding > ROUNDED * np.sqrt(variance)))
        if len(lost):
            raise InputError(
                f"{where}: {self._name(int(lost[0]))} varies too little around a large value for float32, in which "
                "points are kept; subtract its mean before"
            )

    def _name(self, component: int) -> str:
        return f"the column {self._source.column[component]}" if self._source.column else f"component {component}"


def labels_as_attributes(found: Beside) -> tuple[npt.NDArray[np.int8], tuple[str, ...]]:
    """A yes-or-no attribute for each category, as data sets have them: (n, a) int8 of 1 and −1, and their names."""
    assert found.label is not None
    flags: npt.NDArray[Any] = found.label[:, None] == np.arange(len(found.categories))
    return np.where(flags, 1, -1).astype(np.int8), found.categories
