"""Blocks of images, worked on by Dask in any order and gathered in a fixed one.

What a block is follows from the data and the configuration alone, every block is computed by single-threaded linear
algebra, and partial results are merged in the blocks' order: so the result is the same to the last bit whatever the
number of workers, and whether they are threads, processes or other machines.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from distributed import Client, LocalCluster, as_completed
from safetensors import SafetensorError
from safetensors.numpy import load, save
from threadpoolctl import threadpool_limits

from storage.arrays import rows_per_chunk
from storage.files import write_bytes
from storage.journal import Journal
from tasks.statistics.config import AnalyseConfig

Arrays = dict[str, npt.NDArray[Any]]
Unit = TypeVar("Unit")
"""What one task works on: a block, or a facet's name."""

LOOPBACK = "127.0.0.1:0"
"""Where Dask's HTTP servers go, which start even without a dashboard, and by default for all the network."""

CHUNKS = 4
"""Chunks of the latents in one block: each block costs some 15 ms beside its arithmetic."""

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


def local_workers(config: AnalyseConfig, values: int) -> tuple[int, bool]:
    """How many workers a local scheduler has for data of ``values`` numbers, and whether they are processes."""
    processes = config.scheduler == "processes" or (config.scheduler == "auto" and values >= PROCESSES_FROM)
    return config.workers or os.cpu_count() or 1, processes


@contextmanager
def dask_client(config: AnalyseConfig, values: int) -> Iterator[Client]:
    """A Dask client as ``config`` asks for, its local cluster closed afterwards; ``values``: size of the data.

    Local schedulers listen on 127.0.0.1 only, processes behind certificates made for the occasion.
    """
    logging.getLogger("distributed").setLevel(logging.ERROR)
    if "://" in config.scheduler:
        with Client(config.scheduler) as client:
            yield client
        return
    workers, processes = local_workers(config, values)
    with tempfile.TemporaryDirectory(prefix="latentfaces-dask-") as scratch:
        with LocalCluster(
            n_workers=workers if processes else 1,
            threads_per_worker=1 if processes else workers,
            processes=processes,
            security=processes or None,
            host="127.0.0.1" if processes else None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": LOOPBACK},
            worker_dashboard_address=LOOPBACK,
            memory_limit=0,
            silence_logs=logging.ERROR,
            local_directory=scratch,
        ) as cluster:
            with Client(cluster) as client:
                yield client


def _single_threaded(function: Callable[..., Arrays], *arguments: Any) -> Arrays:
    """Call ``function`` where BLAS uses one thread: sums in another order would have other last bits.

    The limit stays in the worker process, where other tasks may be running that need it too.
    """
    threadpool_limits(limits=1, user_api="blas")
    return function(*arguments)


def compute_units(
    client: Client,
    function: Callable[..., Arrays],
    tasks: Iterable[tuple[Unit, Sequence[Any]]],
    shared: Any,
) -> Iterator[tuple[Unit, Arrays]]:
    """``function(unit, shared, *arguments)`` of each task, in the order in which they finish.

    ``shared`` is sent to every worker once. No more than a few units per worker are under way, so that memory
    stays bounded however many there are.
    """
    sent = client.scatter(shared, broadcast=True, hash=False) if shared is not None else None
    waiting, units = iter(tasks), {}
    finished = as_completed()

    def submit_next() -> None:
        for unit, arguments in waiting:
            future = client.submit(_single_threaded, function, unit, sent, *arguments, pure=False)
            units[future.key] = unit
            finished.add(future)
            return

    for _ in range(under_way(sum(client.nthreads().values()))):
        submit_next()
    for future in finished:
        yield units.pop(future.key), future.result()
        submit_next()


def under_way(threads: int) -> int:
    """How many units are computed or waiting for a worker at a time."""
    return 2 * max(1, threads)
