"""Time and peak memory of every stage against the number of images.

``python -m benchmarks.growth --images 2000 20000 200000`` runs the kernels of a study in order, each in a process of
its own, on so many files of CelebA's size: synthetic faces, beyond ``--faces`` of them the same files again under
other names. It prints seconds and MiB, and for each stage the exponent of the growth, the slope of log seconds over log
images between the two largest numbers. What does not depend on N shows an exponent near 0, what is linear one near 1.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bare_study import run
from benchmarks.contest import PeakMemory
from benchmarks.inputs import faces
from benchmarks.processes import ROOT
from flows.config import study_config
from flows.study_plan import plan_study

SETTINGS = ["train.epochs=1", "assess.network.epochs=1", "sample.samplers=[multivariate_normal,manifold_parzen]"]
LISTS = ("list_attr_celeba.txt", "list_eval_partition.txt", "list_landmarks_align_celeba.txt")


def multiplied(source: Path, count: int, out: Path) -> Path:
    """A folder in CelebA's layout with ``count`` images: hard links to those of ``source``, over and over."""
    pictures = out / "img_align_celeba"
    pictures.mkdir(parents=True)
    originals = sorted((source / "img_align_celeba").iterdir())
    names = [f"{number + 1:06d}.jpg" for number in range(count)]
    for number, name in enumerate(names):
        os.link(originals[number % len(originals)], pictures / name)
    for listed in LISTS:
        lines = (source / listed).read_text(encoding="utf-8").splitlines()
        header = [] if listed == "list_eval_partition.txt" else [str(count), lines[1]]
        facts = [line.split(None, 1)[1] for line in lines[len(header) :]]
        rows = [f"{name} {facts[number % len(facts)]}" for number, name in enumerate(names)]
        (out / listed).write_text("\n".join([*header, *rows]) + "\n", encoding="utf-8")
    return out


def one_step(folder: Path, number: int) -> None:
    """Run one kernel; what the ones before it made lies in the folder."""
    steps = plan_study(study_config("demo", None, SETTINGS), str(folder / "images")).steps
    at = {"faces": folder / "images"}
    several: dict[str, dict[str, Path]] = {"samples": {}, "quality": {}, "judged": {}}
    for step in steps[:number]:
        place = folder / step.artifact / step.key
        if step.artifact in several:
            several[step.artifact][step.about or ""] = place
        else:
            at[step.artifact] = place
    out = folder / steps[number].artifact / steps[number].key
    out.mkdir(parents=True)
    with PeakMemory() as peak:
        start = time.perf_counter()
        run(steps[number], at, several, out)
        spent = time.perf_counter() - start
    print(json.dumps({"step": steps[number].name, "seconds": spent, "mib": peak.mib}))


def one_size(source: Path, count: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Seconds and MiB of every step for ``count`` images."""
    multiplied(source, count, folder / "images")
    found: dict[str, tuple[float, float]] = {}
    total = len(plan_study(study_config("demo", None, SETTINGS), str(folder / "images")).steps)
    for number in range(total):
        command = [sys.executable, "-m", "benchmarks.growth", "--step", str(number), "--folder", str(folder)]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        result = json.loads(done.stdout.splitlines()[-1])
        found[result["step"]] = result["seconds"], result["mib"]
        print(f"{count:>9,} {result['step']:<32} {result['seconds']:8.1f} s {result['mib']:7.0f} MiB", flush=True)
    return found


def table(found: dict[int, dict[str, tuple[float, float]]]) -> list[str]:
    """The steps as lines of a Markdown table."""
    counts = sorted(found)
    heads = " | ".join(f"{count:,}" for count in counts)
    lines = [f"| step | {heads} | exponent |", "|---|" + "---|" * (len(counts) + 1)]
    for step in found[counts[0]]:
        cells = [f"{found[count][step][0]:.1f} s, {found[count][step][1]:.0f} MiB" for count in counts]
        exponent = "–"
        if len(counts) > 1:
            last, before = (found[count][step][0] for count in (counts[-1], counts[-2]))
            exponent = f"{math.log(last / before) / math.log(counts[-1] / counts[-2]):.2f}"
        lines.append(f"| {step} | {' | '.join(cells)} | {exponent} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[2_000, 20_000, 200_000])
    parser.add_argument("--faces", type=int, default=2_000, help="how many are rendered (default 2000)")
    parser.add_argument("--folder", type=Path, help="where to work (default a temporary folder)")
    parser.add_argument("--step", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step is not None:
        logging.disable(logging.INFO)
        one_step(asked.folder, asked.step)
        return
    with tempfile.TemporaryDirectory(dir=asked.folder) as temporary:
        source = faces(Path(temporary), asked.faces)
        found = {}
        for count in asked.images:
            folder = Path(temporary) / str(count)
            found[count] = one_size(source, count, folder)
            shutil.rmtree(folder)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
