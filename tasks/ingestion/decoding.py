"""Who decodes the candidates: threads of this process, or a cluster's workers. The outcomes are the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from tasks.compute.cluster.config import DaskConfig
from tasks.compute.cluster.worker_check import check_visible
from tasks.compute.cluster.workers import Workers, cluster
from tasks.compute.cores import available_cores
from tasks.ingestion.candidates import UnreadableImageError
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.decode import Memory, decode_square, resize
from tasks.ingestion.parallel import in_order
from tasks.ingestion.source import Source
from tasks.ingestion.tree import Files, open_files

_BATCH = 16
_BATCH_OF_WORKER = 64
_PIXELS_TOGETHER = 2**20
"""Squares of one side are resized together up to so many pixels."""


@dataclass(frozen=True)
class Outcome:
    """What became of one candidate: its pixels, a square (s, s, 3) uint8, or the reason why there are none."""

    pixels: npt.NDArray[np.uint8] | None
    reason: str = ""
    enlarged: bool = False


_WAITING = Outcome(None)


@dataclass(frozen=True)
class Frame:
    """What is cut out, and the side that it gets in pixels."""

    crop: int | Literal["square"]
    size: int


Outcomes = Generator[tuple[str, Outcome], None, None]
"""Names and what became of them, in the order in which they were asked for."""

Decode = Callable[[Source, Frame, Sequence[str], int], Outcomes]
"""Outcomes of the names of a source, so many of which make a chunk."""


Read = Callable[[str], bytes]
"""The bytes of an image by its name; raises ``UnreadableImageError``."""


class _Memory(threading.local):
    """What a thread decodes into, and where squares wait to be resized together."""

    def __init__(self) -> None:
        self.picture, self.squares = Memory(), Memory()


_MEMORY = _Memory()


def decode_outcomes(read: Read, names: Sequence[str], frame: Frame) -> list[Outcome]:
    """Read and decode some candidates, and resize them, neighbours of one side together."""
    outcomes: list[Outcome] = []
    waiting: list[int] = []
    squares = np.empty((0, 0, 0, 3), np.uint8)

    def resize_waiting() -> None:
        enlarged = squares.shape[1] < frame.size
        for place, pixels in zip(waiting, resize(squares[: len(waiting)], frame.size), strict=True):
            outcomes[place] = Outcome(pixels, enlarged=enlarged)
        waiting.clear()

    for place, name in enumerate(names):
        try:
            square = decode_square(read(name), frame.crop, _MEMORY.picture)
        except UnreadableImageError as error:
            outcomes.append(Outcome(None, reason=str(error)))
            continue
        side = len(square)
        if waiting and (side != squares.shape[1] or len(waiting) == len(squares)):
            resize_waiting()
        if not waiting:
            together = min(len(names) - place, max(1, _PIXELS_TOGETHER // side**2))
            squares = _MEMORY.squares.take(together, side, side, 3)
        squares[len(waiting)] = square
        waiting.append(place)
        outcomes.append(_WAITING)
    if waiting:
        resize_waiting()
    return outcomes


@contextmanager
def decoding(config: IngestConfig, dask: DaskConfig, out: Path) -> Iterator[Decode]:
    """The cluster's workers, which must see the source, or this process's threads."""
    if dask.address:
        with cluster(dask, out, "tasks.ingestion.ingest") as workers:
            yield partial(on_workers, workers)
    else:
        yield partial(on_threads, config.workers or available_cores())


def on_threads(workers: int, source: Source, frame: Frame, names: Sequence[str], rows: int) -> Outcomes:
    """Decode on threads, at most about a chunk (``rows``) ahead of the reader."""
    size = max(1, min(_BATCH, rows // workers))
    batches = [names[first : first + size] for first in range(0, len(names), size)]

    def decode(batch: Sequence[str]) -> list[Outcome]:
        return decode_outcomes(source.read, batch, frame)

    with closing(in_order(decode, batches, workers, ahead=max(2 * workers, rows // size))) as decoded:
        for batch, outcomes in zip(batches, decoded, strict=True):
            yield from zip(batch, outcomes, strict=True)


class Batch(NamedTuple):
    """Candidates of the source at ``path``, whose size and time of change tell whether it is still the same.

    ``prefix``: the folder of the images in it, ``""`` or ending in a slash.
    """

    path: str
    stamp: tuple[int, int]
    prefix: str
    frame: Frame
    names: Sequence[str]


def on_workers(workers: Workers, source: Source, frame: Frame, names: Sequence[str], rows: int) -> Outcomes:
    """Decode on a cluster, a few batches per worker ahead of the reader."""
    size, stat = min(_BATCH_OF_WORKER, rows), source.path.stat()
    stamp = (stat.st_size, stat.st_mtime_ns)
    batches = [
        Batch(str(source.path), stamp, source.prefix, frame, names[first : first + size])
        for first in range(0, len(names), size)
    ]
    with closing(workers.in_order(decode_batch, batches)) as decoded:
        for batch, outcomes in zip(batches, decoded, strict=True):
            yield from zip(batch.names, outcomes, strict=True)


def decode_batch(batch: Batch) -> list[Outcome]:
    """Read and decode some candidates, on a worker."""
    torch.set_num_threads(1)  # Resizing a small image on several threads takes longer.
    files = _opened(batch.path, batch.stamp)
    return decode_outcomes(lambda name: files.read(batch.prefix + name), batch.names, batch.frame)


@lru_cache(maxsize=1)
def _opened(path: str, stamp: tuple[int, int]) -> Files:
    """The files, opened once in each worker: a zip file's list of members takes a while to read."""
    check_visible(Path(path))
    return open_files(Path(path))
