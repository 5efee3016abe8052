"""Finding damaged chunks by their checksums."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zarr

CHECKSUM = "checksum"


@dataclass(frozen=True)
class Damage:
    """A damaged part of an array (artifact, key, group and name): the chunk's index in the grid, and why.

    ``chunk`` is empty if chunks are missing; ``reason`` then counts them.
    """

    array: str
    chunk: tuple[int, ...]
    reason: str

    def __str__(self) -> str:
        chunk = f" in chunk ({', '.join(map(str, self.chunk))})" if self.chunk else ""
        return f"{self.array} is damaged{chunk}: {self.reason}"


def looks_damaged(error: BaseException | None) -> bool:
    """Whether ``error``, or what caused it, may come from a damaged chunk."""
    while error is not None:
        text = str(error).lower()
        if CHECKSUM in text or "zstd" in text or ("buffer" in text and "size" in text):
            return True
        error = error.__cause__ or error.__context__
    return False


def damaged_chunks(folder: Path) -> Iterator[Damage]:
    """Every damaged or missing chunk in the Zarr groups that lie in ``folder``; reads them all."""
    for path in sorted(folder.glob("*.zarr")):
        for name, array in zarr.open_group(path, mode="r").arrays():
            yield from _damaged(array, f"{folder.parent.name}/{folder.name}/{path.name}/{name}")


def _damaged(array: zarr.Array[Any], name: str) -> Iterator[Damage]:
    if array.nchunks_initialized < array.nchunks:
        missing = array.nchunks - array.nchunks_initialized
        yield Damage(name, (), f"{missing} of its {array.nchunks} chunks missing")
    for chunk in itertools.product(*(range(count) for count in array.cdata_shape)):
        region = tuple(slice(index * size, (index + 1) * size) for index, size in zip(chunk, array.chunks, strict=True))
        try:
            array[region]
        except (ValueError, RuntimeError, OSError) as error:
            detail = "its checksum does not match" if CHECKSUM in str(error).lower() else f"cannot be read: {error}"
            yield Damage(name, chunk, detail)
