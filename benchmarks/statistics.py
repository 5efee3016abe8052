"""The analysis of many latent points: time against NumPy in memory, time and peak memory against the number of points.

``python benchmarks/statistics.py peer`` sets the streaming passes over 202,599 x 256 points in a Zarr store (moments,
histograms, covariance, correlation, distances and planes) beside ``numpy.corrcoef`` and a loop of ``numpy.histogram``
on the same points already in memory, in turn, and prints the ratio of the best times.

``python benchmarks/statistics.py growth --points 250000 1000000 4000000`` runs the whole stage, every facet included,
on points generated in the store, each size in a process of its own, and prints seconds, peak memory of the process
and all its children, and the exponent of the growth. ``make check-scale`` does so and fails where a limit is passed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from storage.arrays import create_array, finish, open_for_writing, read_array, write_array
from storage.arrays import open_complete as open_store
from tasks.statistics.analyse import analyse, measure_of
from tasks.statistics.blocks import dask_client
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core_fit import undefined_core
from tasks.statistics.covariance import correlation, invert
from tasks.statistics.points import open_points
from tasks.statistics.streaming import Work, first_pass, second_pass

COMPONENTS = 256
GIB = 2**30


def make_points(folder: Path, count: int) -> tuple[Path, Path]:
    """Correlated points with heavy tails, a tenth of them held out, written block by block."""
    dataset, latents = folder / "dataset", folder / "latents"
    images, group = open_for_writing(dataset / "images.zarr"), open_for_writing(latents / "latents.zarr")
    write_array(images, "partition", (np.arange(count) % 10 == 9).astype(np.int8), ("image",))
    z = create_array(group, "z", (count, COMPONENTS), np.float32, ("image", "component"))
    mixing = np.random.default_rng(1).standard_normal((COMPONENTS, COMPONENTS)).astype(np.float32)
    mixing *= np.linspace(1, 0.1, COMPONENTS, dtype=np.float32)[:, None] / 8
    for start in range(0, count, z.chunks[0]):
        rng = np.random.default_rng([2, start])
        rows = min(z.chunks[0], count - start)
        normal = rng.standard_normal((rows, COMPONENTS), dtype=np.float32)
        z[start : start + rows] = normal @ mixing * np.sqrt(8 / rng.chisquare(8, (rows, 1))) + 1
    finish(dataset / "images.zarr")
    finish(latents / "latents.zarr")
    return dataset, latents


def streamed(dataset: Path, latents: Path) -> None:
    """Both passes that give moments, histograms, covariance, correlation and distances, results stored."""
    config = AnalyseConfig(scheduler="threads")
    points = open_points(dataset, latents)
    with tempfile.TemporaryDirectory() as out, dask_client(config, points.rows * points.components) as client:
        work = Work(points, config, Path(out), lambda *call: None, 0)
        group = open_for_writing(Path(out) / "statistics.zarr")
        first = first_pass(work, client)
        measure = measure_of(points, first.train, invert(first.train), undefined_core("not timed here"), config)
        second_pass(work, client, measure, group)
        correlation(first.train.covariance(), first.train.varies)


def numpys(z: np.ndarray) -> None:
    """The same but distances, extremes and held-out figures, by NumPy on points in memory."""
    np.corrcoef(z, rowvar=False)
    for column in z.T:
        np.histogram(column, bins=200)


def seconds(work: Callable[[], None]) -> float:
    """How long ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peer(count: int, repeats: int) -> dict[str, float]:
    """Best times of both, taken in turn."""
    with tempfile.TemporaryDirectory() as folder:
        dataset, latents = make_points(Path(folder), count)
        z = read_array(open_store(latents / "latents.zarr"), "z")
        ours, theirs = [], []
        for _ in range(repeats):
            ours.append(seconds(lambda: streamed(dataset, latents)))
            theirs.append(seconds(lambda: numpys(z)))
    return {"points": count, "ours_s": min(ours), "numpy_s": min(theirs), "ratio": min(ours) / min(theirs)}


def peak_memory(stop: threading.Event, found: list[int]) -> None:
    """Largest proportional set size of this process and its children, looked at ten times a second."""
    own = psutil.Process()
    while not stop.wait(0.1):
        total = 0
        for process in [own, *own.children(recursive=True)]:
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        found.append(total)


def one_size(count: int) -> None:
    """Generate, analyse, and print time and memory as JSON."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        dataset, latents = make_points(Path(folder), count)
        stop, found = threading.Event(), [0]
        watcher = threading.Thread(target=peak_memory, args=(stop, found))
        watcher.start()
        taken = seconds(lambda: (analyse(dataset, latents, AnalyseConfig(), Path(folder) / "out"), None)[1])
        stop.set()
        watcher.join()
    print(json.dumps({"points": count, "seconds": taken, "peak_gib": max(found) / GIB}))


def growth(counts: list[int]) -> list[dict[str, float]]:
    """Time and memory for each number of points, each in a process of its own."""
    rows = []
    for count in counts:
        command = [sys.executable, __file__, "size", str(count)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"{count:>10,} points  {rows[-1]['seconds']:8.1f} s  {rows[-1]['peak_gib']:5.2f} GiB", flush=True)
    return rows


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    against = modes.add_parser("peer")
    against.add_argument("--points", type=int, default=202_599)
    against.add_argument("--repeats", type=int, default=3)
    sizes = modes.add_parser("growth")
    sizes.add_argument("--points", type=int, nargs="+", default=[250_000, 1_000_000, 4_000_000])
    modes.add_parser("size").add_argument("points", type=int)
    asked = parser.parse_args()
    if asked.mode == "size":
        one_size(asked.points)
        return 0
    if asked.mode == "peer":
        print(json.dumps(peer(asked.points, asked.repeats), indent=2))
        return 0
    rows = growth(asked.points)
    first, last = rows[0], rows[-1]
    exponent = math.log(last["seconds"] / first["seconds"]) / math.log(last["points"] / first["points"])
    print(f"time grows as n^{exponent:.2f}")
    failed = [row for row in rows if row["peak_gib"] > 2] or last["seconds"] > 1.2 * last["points"] / first[
        "points"
    ] * first["seconds"]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
