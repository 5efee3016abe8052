"""The analysis of many latent points: time and peak memory against the number of points.

``python -m benchmarks.latent_statistics growth --points 250000 1000000 4000000`` runs the whole stage, every facet
included, on points, attributes, persons and small images generated in the store, each size in a process of its own. It
prints seconds, by wall and by processor, the seconds of each part, and the peak memory of the process and all its
children; then the line t = a + b n that comes nearest to the times, how far they lie from it, and the time of a million
points beyond the fixed part between each two sizes. ``make check-scale`` does so and fails where a limit is passed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from scipy.optimize import nnls

from benchmarks.contest import PeakMemory, seconds
from benchmarks.processes import ROOT
from storage.arrays import create_array, finish, open_for_writing, write_array
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig

COMPONENTS = 256
ATTRIBUTES = 40
SIDE = 8
MOST_MEMORY, MOST_DEVIATION = 2.0, 0.2
"""GiB, and the share of the fitted time, that must not be passed."""


def make_points(folder: Path, count: int, facts: bool = False) -> tuple[Path, Path]:
    """Correlated points with heavy tails, a tenth of them held out, written block by block.

    ``facts``: with small images, names, attributes that depend on the points, and persons, so that all facets answer.
    """
    dataset, latents = folder / "dataset", folder / "latents"
    images, group = open_for_writing(dataset / "images.zarr"), open_for_writing(latents / "latents.zarr")
    write_array(images, "partition", (np.arange(count) % 10 == 9).astype(np.int8), ("image",))
    z = create_array(group, "z", (count, COMPONENTS), np.float32, ("image", "component"))
    step = z.chunks[0]
    if facts:
        about = _make_facts(images, count, step)
    mixing = np.random.default_rng(1).standard_normal((COMPONENTS, COMPONENTS)).astype(np.float32)
    mixing *= np.linspace(1, 0.1, COMPONENTS, dtype=np.float32)[:, None] / 8
    for start in range(0, count, step):
        rng = np.random.default_rng([2, start])
        rows = min(step, count - start)
        normal = rng.standard_normal((rows, COMPONENTS), dtype=np.float32)
        block = normal @ mixing * np.sqrt(8 / rng.chisquare(8, (rows, 1))).astype(np.float32) + 1
        z[start : start + rows] = block
        if facts:
            inside = slice(start, start + rows)
            about["image"][inside] = rng.integers(0, 256, (rows, SIDE, SIDE, 3), dtype=np.uint8)
            about["attribute"][inside] = np.where(block[:, :ATTRIBUTES] > 1.5, 1, -1)
            about["identity"][inside] = rng.integers(0, count // 20, rows)
            about["name"][inside] = np.array([f"{number:07d}.jpg" for number in range(start, start + rows)])
    finish(dataset / "images.zarr")
    finish(latents / "latents.zarr")
    return dataset, latents


def _make_facts(images: zarr.Group, count: int, step: int) -> dict[str, Any]:
    """Empty arrays over all images."""
    write_array(images, "attribute_name", np.array([f"attribute_{number}" for number in range(ATTRIBUTES)]), ("name",))
    shapes: dict[str, tuple[tuple[int, ...], Any, tuple[str, ...]]] = {
        "image": ((SIDE, SIDE, 3), np.uint8, ("image", "y", "x", "channel")),
        "attribute": ((ATTRIBUTES,), np.int8, ("image", "attribute")),
        "identity": ((), np.int64, ("image",)),
        "name": ((), str, ("image",)),
    }
    return {
        name: create_array(images, name, (count, *shape), kind, labels, (step, *shape))
        for name, (shape, kind, labels) in shapes.items()
    }


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def one_size(count: int) -> None:
    """Generate, analyse, and print time, the time of each part, and memory as JSON."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        dataset, latents = make_points(Path(folder), count, facts=True)
        parts: dict[str, float] = {}
        last = [time.perf_counter()]

        def note(done: int, total: int, part: str = "") -> None:
            now = time.perf_counter()
            parts[part] = parts.get(part, 0.0) + now - last[0]
            last[0] = now

        with PeakMemory() as peak:
            processor = processor_seconds()
            taken, _ = seconds(lambda: analyse(dataset, latents, AnalyseConfig(), Path(folder) / "out", note))
            processor = processor_seconds() - processor
    found_all = {"points": count, "seconds": taken, "processor_s": processor, "peak_gib": peak.mib / 1024}
    print(json.dumps(found_all | {"parts": parts}))


def growth(counts: list[int]) -> list[dict[str, Any]]:
    """Time and memory for each number of points, each in a process of its own."""
    rows = []
    for count in counts:
        command = [sys.executable, "-m", "benchmarks.latent_statistics", "size", str(count)]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        row = json.loads(done.stdout.splitlines()[-1])
        rows.append(row)
        parts = ", ".join(f"{part} {spent:.0f}" for part, spent in row["parts"].items())
        print(
            f"{count:>10,} points  {row['seconds']:7.1f} s  {row['processor_s']:7.1f} s of processors  "
            f"{row['peak_gib']:5.2f} GiB  ({parts})",
            flush=True,
        )
    return rows


def deviation(rows: list[dict[str, Any]], measure: str) -> float:
    """Print t = a + b n for ``measure``, fitted to the relative errors, and return the largest of those.

    The fixed part ``a`` is not below zero.
    """
    n, t = (np.array([row[name] for row in rows], np.float64) for name in ("points", measure))
    (fixed, slope), _ = nnls(np.column_stack([1 / t, n / 1e6 / t]), np.ones(len(t)))
    errors = (fixed + slope * n / 1e6) / t - 1
    steps = np.diff(t) / np.diff(n) * 1e6
    print(
        f"{measure}: {fixed:.1f} s + {slope:.2f} s for each million points; off by "
        f"{', '.join(f'{100 * error:+.0f} %' for error in errors)}; a million more took "
        f"{', '.join(f'{step:.2f} s' for step in steps)}"
    )
    return float(np.abs(errors).max())


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    sizes = modes.add_parser("growth")
    sizes.add_argument("--points", type=int, nargs="+", default=[250_000, 1_000_000, 4_000_000])
    modes.add_parser("size").add_argument("points", type=int)
    asked = parser.parse_args()
    if asked.mode == "size":
        one_size(asked.points)
        return 0
    rows = growth(asked.points)
    off = min(deviation(rows, measure) for measure in ("seconds", "processor_s"))
    return 1 if off > MOST_DEVIATION or any(row["peak_gib"] > MOST_MEMORY for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
