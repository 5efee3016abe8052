"""How many synthetic portraits are drawn and written per second, beside the bare limit of writing the same JPEGs.

The limit encodes and writes pictures that are rendered already, in one process. Repeat with
``OMP_NUM_THREADS=1 python -m benchmarks.synthesis --count 1000`` in the project's folder. All are run in turns and
the best of ``--repeat`` rounds counts. CPU seconds (user and system, children included) say what a busy machine
hides; even so, compare only figures of one call.

Rendering alone, without JPEG, on a busy two-core machine and in turns: drawing in place and painting ears, eyes and
mouths of ten faces at once takes 0.70 of the CPU time of drawing face by face and turning the finished drawing
(4.0 against 5.6 ms a face).
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tasks.synthesis.factors import draw_face
from tasks.synthesis.portrait import render
from tasks.synthesis.synthesize import QUALITY, synthesize

RENDERED = 100
"""Pictures that the limit writes over and over."""


def cpu_seconds() -> float:
    """User and system time of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def draw_and_write(workers: int) -> Callable[[Path, int], None]:
    """One call that starts its processes, draws, and writes the pictures and their lists."""

    def work(folder: Path, count: int) -> None:
        synthesize(folder / "faces", count, 1, workers)

    return work


def encode_and_write() -> Callable[[Path, int], None]:
    """The limit: the same pictures, rendered before the clock starts."""
    pictures = render([draw_face(1, index) for index in range(RENDERED)])

    def write(folder: Path, count: int) -> None:
        for index in range(count):
            buffer = io.BytesIO()
            pictures[index % RENDERED].save(buffer, "JPEG", quality=QUALITY)
            (folder / f"{index + 1:06d}.jpg").write_bytes(buffer.getvalue())

    return write


def measure(work: Callable[[Path, int], None], count: int) -> tuple[float, float]:
    """Images per second, and CPU milliseconds per image."""
    with tempfile.TemporaryDirectory() as folder:
        cpu, start = cpu_seconds(), time.perf_counter()
        work(Path(folder), count)
        return count / (time.perf_counter() - start), 1000 * (cpu_seconds() - cpu) / count


def main() -> None:
    parser = argparse.ArgumentParser(description="Images per second of the synthetic portraits.")
    parser.add_argument("--count", type=int, default=1000, help="images in a run (default 1000)")
    parser.add_argument("--repeat", type=int, default=3, help="rounds, of which the best counts (default 3)")
    arguments = parser.parse_args()
    runs = {"encoding and writing alone, 1 process": encode_and_write()}
    for workers in sorted({1, os.cpu_count() or 1}):
        runs[f"drawing and writing, {workers} process{'es' if workers > 1 else ''}"] = draw_and_write(workers)
    rounds = [{name: measure(work, arguments.count) for name, work in runs.items()} for _ in range(arguments.repeat)]
    for name in runs:
        rate, cpu = max(each[name][0] for each in rounds), min(each[name][1] for each in rounds)
        print(f"{name}: {rate:.0f} images/s, {cpu:.2f} ms of CPU per image")


if __name__ == "__main__":
    main()
