"""Who decodes the candidates: threads of this process, or a cluster's workers. The outcomes are the same."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from tasks.cluster.config import DaskConfig
from tasks.cluster.sight import check_seen
from tasks.cluster.workers import Workers, cluster
from tasks.ingestion.candidates import UnreadableImageError
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.decode import decode_square
from tasks.ingestion.parallel import available_cores, in_order
from tasks.ingestion.source import Source, open_source

_BATCH = 16
_BATCH_OF_WORKER = 64


@dataclass(frozen=True)
class Outcome:
    """What became of one candidate: its pixels, (size, size, 3) uint8, or the reason why there are none."""

    pixels: npt.NDArray[np.uint8] | None
    reason: str = ""
    enlarged: bool = False


@dataclass(frozen=True)
class Frame:
    """What is cut out, and the side that it gets in pixels."""

    crop: int | Literal["square"]
    size: int


Outcomes = Generator[tuple[str, Outcome], None, None]
"""Names and what became of them, in the order in which they were asked for."""

Decode = Callable[[Source, Frame, Sequence[str], int], Outcomes]
"""Outcomes of the names of a source, so many of which make a chunk."""


def decode_outcome(source: Source, name: str, frame: Frame) -> Outcome:
    """Read and decode one candidate."""
    try:
        pixels, enlarged = decode_square(source.read(name), frame.crop, frame.size)
    except UnreadableImageError as error:
        return Outcome(None, reason=str(error))
    return Outcome(pixels, enlarged=enlarged)


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
        return [decode_outcome(source, name, frame) for name in batch]

    with closing(in_order(decode, batches, workers, ahead=max(2 * workers, rows // size))) as decoded:
        for batch, outcomes in zip(batches, decoded, strict=True):
            yield from zip(batch, outcomes, strict=True)


class Batch(NamedTuple):
    """Candidates of the source at ``path``, whose size and time of change tell whether it is still the same."""

    path: str
    stamp: tuple[int, int]
    frame: Frame
    names: Sequence[str]


def on_workers(workers: Workers, source: Source, frame: Frame, names: Sequence[str], rows: int) -> Outcomes:
    """Decode on a cluster, a few batches per worker ahead of the reader."""
    size, stat = min(_BATCH_OF_WORKER, rows), source.path.stat()
    stamp = (stat.st_size, stat.st_mtime_ns)
    batches = [
        Batch(str(source.path), stamp, frame, names[first : first + size]) for first in range(0, len(names), size)
    ]
    with closing(workers.in_order(decode_batch, batches)) as decoded:
        for batch, outcomes in zip(batches, decoded, strict=True):
            yield from zip(batch.names, outcomes, strict=True)


def decode_batch(batch: Batch) -> list[Outcome]:
    """Read and decode some candidates, on a worker."""
    torch.set_num_threads(1)  # Resizing a small image on several threads takes longer.
    source = _opened(batch.path, batch.stamp)
    return [decode_outcome(source, name, batch.frame) for name in batch.names]


@lru_cache(maxsize=1)
def _opened(path: str, stamp: tuple[int, int]) -> Source:
    """The source, opened once in each worker: the list of its files takes a while to read."""
    check_seen(Path(path))
    return open_source(Path(path))
