"""Every image of a source into one Zarr array, chunk by chunk, so that a killed run continues where it was.

Unreadable images leave no gap: a chunk is filled with as many readable images as it takes. How far that reached
into the source, and what was left out on the way, is the chunk's line in the journal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import create_array
from storage.journal import Journal
from tasks.compute.progress import Progress
from tasks.ingestion.decoding import Decode, Frame, Outcome
from tasks.ingestion.source import Source

DIMENSIONS = ("image", "y", "x", "channel")

_NARROW = 64
"""Even one dim photograph spans more values than this."""


@dataclass(frozen=True)
class Tally:
    """Candidates behind us, those left out with the reason, and how many squares had to be enlarged.

    ``lowest`` and ``highest``: of the values of the first chunks, up to one where they span more than a narrow range;
    ``alike``: whether each chunk's images are one picture.
    """

    taken: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    enlarged: int = 0
    lowest: int = 255
    highest: int = 0
    alike: bool = True

    @property
    def narrow(self) -> bool:
        """Whether the values of all images lie in a small part of the range."""
        return self.highest - self.lowest < _NARROW

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.taken + other.taken,
            self.skipped + other.skipped,
            self.enlarged + other.enlarged,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
            self.alike and other.alike,
        )


def write_images(
    source: Source,
    frame: Frame,
    group: zarr.Group,
    journal: Journal,
    decode: Decode,
    progress: Progress,
    most_skipped: int,
) -> Tally:
    """Fill ``group``'s array ``image``, (n, size, size, 3) uint8, with the readable images in the order of their names.

    Chunks that the journal names are kept. Stops early once more than ``most_skipped`` images are unreadable.
    Returns the tally; the array still has a row for every candidate, ``cut_to_length`` takes the unused ones away.
    """
    total = len(source.names)
    array = _image_array(group, total, frame.size)
    rows = array.chunks[0]
    journal.log_resumption("ingest", "chunks", -(-total // rows))
    done, chunk = _kept(journal)
    outcomes = decode(source, frame, source.names[done.taken :], rows)
    room = np.empty((rows, frame.size, frame.size, 3), np.uint8)
    while done.taken < total and len(done.skipped) <= most_skipped:
        images, tally = _fill(room, outcomes, partial(_tell, progress, done.taken, total))
        if len(images):
            array[chunk * rows : chunk * rows + len(images)] = images
            if done.narrow:
                tally = replace(tally, lowest=int(images.min()), highest=int(images.max()))
            if done.alike:
                alike = np.array_equal(images[0], images[-1]) and bool((images == images[0]).all())
                tally = replace(tally, alike=alike)
        journal.mark(json.dumps({"chunk": chunk, **asdict(tally)}))
        done, chunk = done + tally, chunk + 1
    outcomes.close()
    return done


def cut_to_length(group: zarr.Group, rows: int) -> None:
    """Shorten the array ``image`` to ``rows`` images."""
    array = group["image"]
    assert isinstance(array, zarr.Array)
    if array.shape[0] != rows:
        array.resize((rows, *array.shape[1:]))


def _image_array(group: zarr.Group, rows: int, size: int) -> zarr.Array[Any]:
    """The array to fill; in a group that is all but finished it may already be cut to its final length."""
    if "image" in group:
        array = group["image"]
        assert isinstance(array, zarr.Array)
        return array
    return create_array(group, "image", (rows, size, size, 3), np.uint8, DIMENSIONS)


def _kept(journal: Journal) -> tuple[Tally, int]:
    """The sum of all finished chunks, and their number."""
    done = Tally()
    lines = sorted((json.loads(line) for line in journal.kept), key=lambda line: int(line["chunk"]))
    for line in lines:
        skipped = tuple((str(name), str(reason)) for name, reason in line["skipped"])
        done += Tally(line["taken"], skipped, line["enlarged"], line["lowest"], line["highest"], line["alike"])
    return done, len(lines)


def _tell(progress: Progress, before: int, total: int, taken: int) -> None:
    progress(before + taken, total, "decoding")


def _fill(
    room: npt.NDArray[np.uint8], outcomes: Iterator[tuple[str, Outcome]], told: Callable[[int], None]
) -> tuple[npt.NDArray[np.uint8], Tally]:
    """Take candidates until ``room`` is full of readable ones or none is left; returns the part that is filled."""
    skipped: list[tuple[str, str]] = []
    taken = filled = enlarged = 0
    for name, outcome in outcomes:
        taken += 1
        if outcome.pixels is None:
            skipped.append((name, outcome.reason))
        else:
            room[filled] = outcome.pixels
            filled += 1
            enlarged += outcome.enlarged
        if taken % 32 == 0:
            told(taken)
        if filled == len(room):
            break
    told(taken)
    return room[:filled], Tally(taken, tuple(skipped), enlarged)
