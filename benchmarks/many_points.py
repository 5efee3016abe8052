"""Many latent points drawn from and rated: time and peak memory of every step against the number of points.

``python -m benchmarks.many_points --points 300000 1000000 3000000`` generates points of 256 components in a store,
analyses them, draws with three samplers and rates each, as ``latentfaces points`` does once it has read a file; every
step in a process of its own. It prints seconds, by wall and by processor, and the peak memory of the process and its
children; then, for the whole and for each step, the line t = a + b n that comes nearest and how far times lie from it.
It fails where a limit is passed. ``--folder`` keeps what was made there, and finishes what an earlier call began.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.contest import PeakMemory, seconds
from benchmarks.latent_statistics import deviation, make_points, processor_seconds
from benchmarks.processes import ROOT
from tasks.rating.config import TRAINING, RateConfig, RatingConfig
from tasks.rating.gather import gather_ratings
from tasks.rating.rate import rate, rate_training
from tasks.sampling.config import SampleConfig
from tasks.sampling.draw import draw
from tasks.statistics.analyse import analyse
from tasks.statistics.config import AnalyseConfig

SAMPLERS = ("multivariate_normal", "manifold_parzen", "pair_mixture")
MOST_MEMORY, MOST_DEVIATION = 4.0, 0.2
"""GiB of any step, and the share of the fitted processor time of all, that must not be passed."""


def steps(folder: Path, count: int) -> dict[str, Callable[[Path], Any]]:
    """What is done, in order: the folder that each step fills and what fills it."""
    made = folder / "points"
    about = made / "dataset", made / "latents", folder / "statistics"
    config, rating = SampleConfig(), RateConfig()
    found: dict[str, Callable[[Path], Any]] = {
        "points": lambda out: make_points(out, count),
        "statistics": lambda out: analyse(*about[:2], AnalyseConfig(), out),
        f"rated {TRAINING}": lambda out: rate_training(*about, rating, out),
    }
    for name in SAMPLERS:
        samples, asked = folder / f"samples {name}", RatingConfig(sampler=name, sample=config, rate=rating)
        found[samples.name] = lambda out, name=name: draw(name, *about, config, out)
        found[f"rated {name}"] = lambda out, samples=samples, asked=asked: rate(
            *about, samples, folder / f"rated {TRAINING}", asked, out
        )
    parts = [folder / f"rated {name}" for name in SAMPLERS]
    found["ratings"] = lambda out: gather_ratings(parts, folder / f"rated {TRAINING}", out)
    return found


def one_step(folder: Path, count: int, name: str) -> None:
    """Do one step; the ones before it lie in the folder. Time and memory go to ``took.json`` beside what it made."""
    out = folder / name
    out.mkdir(parents=True, exist_ok=True)
    with PeakMemory(every=0.2) as peak:
        before = processor_seconds()
        taken, _ = seconds(lambda: steps(folder, count)[name](out))
    took = {"seconds": taken, "processor_s": processor_seconds() - before, "peak_gib": peak.mib / 1024}
    (out / "took.json").write_text(json.dumps({"step": name, "points": count, **took}), encoding="utf-8")


def one_size(folder: Path, count: int) -> list[dict[str, Any]]:
    """Time and memory of every step for ``count`` points."""
    rows = []
    for name in steps(folder, count):
        done = folder / name / "took.json"
        if not done.exists():
            command = [sys.executable, "-m", "benchmarks.many_points", "--step", name, "--folder", str(folder)]
            subprocess.run([*command, "--points", str(count)], cwd=ROOT, check=True)
        row = json.loads(done.read_text(encoding="utf-8"))
        rows.append(row)
        print(
            f"{count:>11,} {name:<28} {row['seconds']:8.1f} s {row['processor_s']:8.1f} s of processors "
            f"{row['peak_gib']:5.2f} GiB",
            flush=True,
        )
    return rows


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[300_000, 1_000_000, 3_000_000])
    parser.add_argument("--folder", type=Path, help="where to work, and what stays (default a temporary folder)")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step is not None:
        logging.disable(logging.INFO)
        one_step(asked.folder, asked.points[0], asked.step)
        return 0
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        for count in asked.points:
            folder = (asked.folder or Path(temporary)) / str(count)
            found.append(one_size(folder, count))
            if asked.folder is None:
                shutil.rmtree(folder)
    totals = []
    for size in found:
        made = [row for row in size if row["step"] != "points"]
        sums = {name: sum(row[name] for row in made) for name in ("seconds", "processor_s")}
        totals.append({"points": size[0]["points"], **sums, "peak_gib": max(row["peak_gib"] for row in made)})
    for number, row in enumerate(found[0]):
        if len(found) > 1 and row["step"] != "ratings":
            print(row["step"], end=", ")
            deviation([size[number] for size in found], "processor_s")
    for total in totals:
        print(f"{total['points']:,} points, all steps: {total['processor_s']:.0f} s, {total['peak_gib']:.2f} GiB")
    off = deviation(totals, "processor_s") if len(found) > 1 else 0.0
    return 1 if off > MOST_DEVIATION or any(total["peak_gib"] > MOST_MEMORY for total in totals) else 0


if __name__ == "__main__":
    sys.exit(main())
