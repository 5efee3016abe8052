"""Blocks of images, worked on by Dask in any order and gathered in a fixed one.

What a block is follows from the data and the configuration alone, every block is computed by single-threaded linear
algebra, and partial results are merged in the blocks' order: so the result is the same to the last bit whatever the
number of workers, and whether they are threads, processes or other machines.
"""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from storage.arrays import rows_per_chunk
from storage.files import write_bytes
from storage.journal import Journal
from tasks.compute.cluster.config import DaskConfig
from tasks.compute.cluster.pool import Pool
from tasks.compute.cluster.threads import Threads
from tasks.compute.cluster.workers import cluster, local_processes
from tasks.statistics.config import AnalyseConfig

Arrays = dict[str, npt.NDArray[Any]]
CHUNKS = 4
"""Chunks of the latents in one block: on processes or a cluster each block costs some 15 ms beside its arithmetic."""

PROCESSES_FROM = 2**28
"""Values in the latents from which "auto" starts processes: a local cluster of them takes some seconds to start."""


class Block(NamedTuple):
    """Rows ``start`` to ``stop`` of the latents."""

    number: int
    start: int
    stop: int

    @property
    def rows(self) -> slice:
        """The rows as a slice."""
        return slice(self.start, self.stop)


def rows_per_block(rows: int, components: int, block_rows: int | None = None) -> int:
    """``block_rows``, by default as many rows as make 16 MiB of float32: whole chunks of the latents."""
    return block_rows or min(rows, CHUNKS * rows_per_chunk(4 * components, rows))


def row_blocks(rows: int, components: int, block_rows: int | None = None) -> list[Block]:
    """Blocks of :func:`rows_per_block` rows, the last one shorter."""
    size = rows_per_block(rows, components, block_rows)
    return [Block(number, start, min(start + size, rows)) for number, start in enumerate(range(0, rows, size))]


class Partials:
    """Partial results of finished blocks, kept as small files until the whole is done."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._folder = folder
        self._journal = journal

    def _path(self, unit: str) -> Path:
        return self._folder / f"{unit}.safetensors"

    def save(self, unit: str, arrays: Arrays) -> None:
        """Keep the result of ``unit`` durably."""
        write_bytes(self._path(unit), save({name: np.asarray(value, order="C") for name, value in arrays.items()}))
        self._journal.mark(unit)

    def load(self, unit: str) -> Arrays:
        """The kept result of ``unit``. Raises ``ValueError`` if its file is damaged."""
        try:
            return dict(load(self._path(unit).read_bytes()))
        except SafetensorError as error:
            raise ValueError(f"{self._path(unit)} is damaged ({error}); delete {self._folder.parent}") from error

    def keeps(self, unit: str) -> bool:
        """Whether an interrupted run finished ``unit``."""
        return unit in self._journal.kept and self._path(unit).exists()

    def remove(self) -> None:
        """Remove them all: they are merged."""
        shutil.rmtree(self._folder, ignore_errors=True)


def own_workers(config: AnalyseConfig, dask: DaskConfig, values: int) -> tuple[int, bool]:
    """How many workers this machine has for data of ``values`` numbers, and whether they are processes."""
    processes = dask.scheduler == "processes" or (dask.scheduler == "auto" and values >= PROCESSES_FROM)
    return config.workers or os.cpu_count() or 1, processes


def workers_for(config: AnalyseConfig, dask: DaskConfig, values: int, out: Path) -> AbstractContextManager[Pool]:
    """The cluster's workers, or this machine's own."""
    if dask.address:
        return cluster(dask, out, "tasks.statistics.analyse", "tasks.statistics.facets.*")
    count, processes = own_workers(config, dask, values)
    return local_processes(count) if processes else nullcontext(Threads(count))
