"""A whole set of synthetic portraits, written by several processes, in CelebA's own layout."""

from __future__ import annotations

import io
import logging
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from storage import files
from storage.durable import announce
from tasks.compute.interruption import children_without_ctrl_c
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError
from tasks.synthesis import layout
from tasks.synthesis.anatomy import landmarks
from tasks.synthesis.attributes import attributes
from tasks.synthesis.factors import draw_face
from tasks.synthesis.portrait import render

log = logging.getLogger("latentfaces")

QUALITY = 92
BATCH = 50
TOGETHER = 10
"""Faces whose small parts are painted at once."""
RECORD = "synthesis.json"

Rows = list[tuple[str, str, str]]


def synthesize(
    folder: Path, count: int, seed: int, workers: int | None = None, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``count`` portraits of the set ``seed`` and their lists into ``folder``.

    Picture i depends on ``seed`` and i alone, so neither ``workers`` (all cores if not given) nor ``count``
    changes it. Complete pictures of an interrupted call are kept; the lists are written last.
    Raises :class:`InputError` for impossible numbers, and for a folder that holds other pictures.
    """
    _check(folder, count, seed, workers)
    workers = min(workers or os.cpu_count() or 1, -(-count // BATCH))
    (folder / layout.IMAGES).mkdir(parents=True, exist_ok=True)
    files.write_json(folder / RECORD, {"count": count, "seed": seed})
    batches = [range(start, min(start + BATCH, count)) for start in range(0, count, BATCH)]
    rows: dict[int, Rows] = {}
    kept = done = 0
    for start, batch_rows, batch_kept in _run(folder, seed, batches, workers):
        rows[start] = batch_rows
        done += len(batch_rows)
        kept += batch_kept
        announce(folder)
        progress(done, count, "faces")
    if kept:
        log.info("synthesize: kept %d of %d faces of an earlier call, drew %d", kept, count, count - kept)
    layout.write_lists(folder, [row for batch in batches for row in rows[batch.start]])
    return {"images": count, "seed": seed}


def partition(seed: int, index: int) -> int:
    """0 train, 1 validation or 2 test, for 80, 10 and 10 of 100 pictures; by seed and index alone."""
    draw = np.random.default_rng((seed, index, 1)).random()
    return 0 if draw < 0.8 else 1 if draw < 0.9 else 2


def _check(folder: Path, count: int, seed: int, workers: int | None) -> None:
    if not 1 <= count <= 999_999:
        raise InputError(f"count is {count}, expected 1 to 999999: CelebA's file names have six digits")
    if seed < 0:
        raise InputError(f"seed is {seed}, expected a whole number of at least 0")
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}, expected at least 1")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; choose a folder for the synthetic faces")
    record = folder / RECORD
    if record.exists():
        there = files.read_json(record)
        if there != {"count": count, "seed": seed}:
            raise InputError(
                f"{folder} has a different set of synthetic faces ({there}, not count {count}, seed {seed}); "
                "choose another folder, or delete this one"
            )
    elif any((folder / name).exists() for name in (layout.IMAGES, *layout.LISTS)):
        raise InputError(f"{folder} has images from elsewhere; choose another folder for the synthetic faces")


def _run(folder: Path, seed: int, batches: list[range], workers: int) -> Iterator[tuple[int, Rows, int]]:
    """Draw all batches and give (start, rows, pictures kept) of each as it is done."""
    if workers == 1:
        with threadpool_limits(1):
            for batch in batches:
                yield _draw_batch(folder, seed, batch)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    try:
        with children_without_ctrl_c():
            futures = [pool.submit(_draw_batch, folder, seed, batch) for batch in batches]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """One thread a process; and end with the process that asked, even if that is killed."""
    threadpool_limits(1)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def _draw_batch(folder: Path, seed: int, batch: range) -> tuple[int, Rows, int]:
    faces = [draw_face(seed, index) for index in batch]
    paths = [folder / layout.IMAGES / layout.image_name(index) for index in batch]
    missing = [(face, path) for face, path in zip(faces, paths, strict=True) if not _is_complete(path)]
    for start in range(0, len(missing), TOGETHER):
        few = missing[start : start + TOGETHER]
        for picture, (_, path) in zip(render([face for face, _ in few]), few, strict=True):
            buffer = io.BytesIO()
            picture.save(buffer, "JPEG", quality=QUALITY)
            _write_picture(path, buffer.getvalue())
    rows = [
        (
            layout.attribute_line(path.name, attributes(face)),
            layout.partition_line(path.name, partition(seed, index)),
            layout.landmark_line(path.name, landmarks(face)),
        )
        for index, face, path in zip(batch, faces, paths, strict=True)
    ]
    return batch.start, rows, len(batch) - len(missing)


def _write_picture(path: Path, content: bytes) -> None:
    """Write and rename. No fsync: it would cost more than the drawing, and a cut file is seen by its end."""
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def _is_complete(path: Path) -> bool:
    """Whether a JPEG is there with its end-of-image marker."""
    try:
        with open(path, "rb") as file:
            file.seek(-2, os.SEEK_END)
            return file.read() == b"\xff\xd9"
    except OSError:
        return False
