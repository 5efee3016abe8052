"""Stored arrays read when they are asked for: whole ones of a group by name, and rows of large ones block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import zarr

RESIDENT_VALUES = 2**26
"""Values up to which the rows are read once and kept: 256 MiB, the points of 260,000 images at 256 components."""

BLOCK_VALUES = 2**24
"""Values of a block of rows that are not kept: 64 MiB."""

PART_VALUES = 2**22
"""Values of a part of a block: 32 MiB in float64."""

Float32 = npt.NDArray[np.float32]


class StoredArrays(Mapping[str, npt.NDArray[Any]]):
    """The arrays of a group by their names, each read when first asked for and then kept."""

    def __init__(self, group: zarr.Group) -> None:
        self._group = group
        self._names = sorted(group.array_keys())
        self._kept: dict[str, npt.NDArray[Any]] = {}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        from storage.arrays import read_array  # loads Zarr, which a configuration does without

        if name not in self._kept:
            self._kept[name] = read_array(self._group, name)
        return self._kept[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class StoredRows:
    """Some rows of a two-dimensional float32 array, in the order of the array.

    Read when first asked for. Where there are more than ``RESIDENT_VALUES`` values nothing is kept, and every call
    reads anew what it needs, one block at a time.
    """

    def __init__(
        self, array: zarr.Array[Any] | npt.NDArray[np.floating[Any]], rows: npt.NDArray[np.integer[Any]] | None = None
    ) -> None:
        """``array``: (N, d), stored or in memory; ``rows``: (n,) those that count, ascending; None: all."""
        self._array = array
        self._rows = rows
        self._count = array.shape[0] if rows is None else len(rows)
        self._kept: Float32 | None = None
        if isinstance(array, np.ndarray):
            self._kept = np.ascontiguousarray(array if rows is None else array[rows], np.float32)

    def __len__(self) -> int:
        return self._count

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        return self._count, int(self._array.shape[1])

    @property
    def resident(self) -> bool:
        """Whether the rows are few enough to be kept in memory, or are there anyway."""
        return self._kept is not None or self._count * self.shape[1] <= RESIDENT_VALUES

    def all(self) -> Float32:
        """All rows in memory (n, d), however many."""
        if self._kept is not None:
            return self._kept
        found = np.empty(self.shape, np.float32)
        for start, block in self._read():
            found[start : start + len(block)] = block
        if self.resident:
            self._kept = found
        return found

    def at(self, rows: npt.NDArray[np.integer[Any]]) -> StoredRows:
        """The ``rows`` (m,) of these rows, ascending, themselves in memory only where they are few."""
        if self.resident:
            return StoredRows(self.all(), rows)
        return StoredRows(self._array, rows if self._rows is None else self._rows[rows])

    def take(self, rows: npt.NDArray[np.integer[Any]]) -> Float32:
        """The ``rows`` (q,) of these rows, in the order asked for, (q, d): what they touch on disk is read once."""
        from storage.arrays import read_rows  # loads Zarr, which a configuration does without

        if self.resident:
            return np.asarray(self.all()[rows])
        wanted = rows if self._rows is None else self._rows[rows]
        return np.asarray(read_rows(self._array, wanted), np.float32)  # type: ignore[arg-type]

    def take_each(self, rows: npt.NDArray[np.integer[Any]]) -> Float32:
        """For each column its own rows (q, d): the value of column j at ``rows[i, j]``, (q, d)."""
        if self.resident:
            return np.take_along_axis(self.all(), rows, axis=0)
        found = np.empty(rows.shape, np.float32)
        order = np.argsort(rows, axis=None, kind="stable")
        ascending = rows.ravel()[order]
        for start, block in self.blocks():
            inside = order[slice(*np.searchsorted(ascending, (start, start + len(block))))]
            found.flat[inside] = block[rows.flat[inside] - start, inside % rows.shape[1]]
        return found

    def blocks(self) -> Iterator[tuple[int, Float32]]:
        """All rows in order: the number of the first of each block, and its rows (m, d). One block if resident."""
        if self.resident:
            yield 0, self.all()
            return
        yield from self._read()

    def parts(self) -> Iterator[tuple[int, Float32]]:
        """The blocks in parts of at most ``PART_VALUES`` values, for work that takes more memory than the rows do."""
        rows = max(1, PART_VALUES // self.shape[1])
        for first, block in self.blocks():
            for start in range(0, len(block), rows):
                yield first + start, block[start : start + rows]

    def _read(self) -> Iterator[tuple[int, Float32]]:
        """Blocks from disk; while one is worked on, another thread reads the next."""
        chunk, columns = self._array.chunks[0], self.shape[1]  # type: ignore[union-attr]
        step = chunk * max(1, BLOCK_VALUES // (chunk * columns))
        starts = range(0, self._array.shape[0], step)
        position = 0
        with ThreadPoolExecutor(1) as reader:
            waiting = reader.submit(self._block, 0, step)
            for start in starts:
                block = waiting.result()
                waiting = reader.submit(self._block, start + step, step)
                if len(block):
                    yield position, block
                position += len(block)

    def _block(self, start: int, step: int) -> Float32:
        """Those of the rows that lie in ``start`` to ``start + step`` of the array."""
        if self._rows is None:
            return np.asarray(self._array[start : start + step], np.float32)
        first, last = np.searchsorted(self._rows, (start, start + step))
        if first == last:
            return np.empty((0, self.shape[1]), np.float32)
        values = np.asarray(self._array[start : start + step], np.float32)
        inside = self._rows[first:last] - start
        return values if len(inside) == len(values) else values[inside]
