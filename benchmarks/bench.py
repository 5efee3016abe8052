"""The table of every stage beside what one would take instead and beside the machine's limit.

``python -m benchmarks.bench`` (``make bench``) runs every row in a process of its own and writes
``docs/benchmarks.md``; with names of rows it runs those and prints them. A row's contestants are compared first, then
timed in turn; the ratio is the median of the turns' ratios. Peak memory is measured in one further turn, each
contestant in a process of its own; that of commands in their first turn.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import logging
import os
import pkgutil
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import benchmarks.rows
from benchmarks.contest import PeakMemory, Row, race, speed
from benchmarks.processes import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: written by make bench -->\n", "<!-- end of table -->\n"
ORDER = (
    "ingest",
    "training",
    "encoding",
    "adopted",
    "statistics",
    "mixture",
    "decoding",
    "neighbours",
    "cached",
    "loop",
    "study",
)
VERSIONS = ("torch", "numpy", "zarr", "dask", "prefect", "pillow", "scikit-learn", "faiss-cpu", "pythae")


def load(name: str) -> Row:
    """The row of ``benchmarks/rows/NAME.py``."""
    row = importlib.import_module(f"benchmarks.rows.{name}").ROW
    assert isinstance(row, Row)
    return row


def names() -> list[str]:
    """All rows, in the order of the pipeline."""
    found = {module.name for module in pkgutil.iter_modules(benchmarks.rows.__path__)}
    return [*(name for name in ORDER if name in found), *sorted(found.difference(ORDER))]


def one_row(name: str, folder: Path, memory_of: str | None) -> dict[str, Any]:
    """Time a row's contestants, or measure the peak memory of one of them."""
    row = load(name)
    contest = row.prepare(folder)
    if memory_of is not None:
        with PeakMemory() as peak:
            contest.contestants[memory_of]()
        return {"mib": peak.mib}
    try:
        raced = race(contest, row)
    finally:
        contest.close()
    return {
        "times": raced.times,
        "goals": [
            [goal.contestant, goal.against, speed(raced.times, goal.contestant, goal.against)] for goal in row.goals
        ],
        "mib": raced.mib,
    }


def in_own_process(name: str, folder: Path, memory_of: str | None = None) -> dict[str, Any]:
    """``one_row`` in a fresh process, which prints its result last."""
    command = [sys.executable, "-m", "benchmarks.bench", "--child", name, "--folder", str(folder)]
    command += ["--memory", memory_of] if memory_of else []
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure(name: str, folder: Path) -> dict[str, Any]:
    """A row's times and ratios, and the memory of each contestant in its first turn."""
    result = in_own_process(name, folder)
    for contestant in result["times"]:
        if contestant not in result["mib"]:
            result["mib"][contestant] = in_own_process(name, folder, contestant)["mib"]
    return result


def lines(name: str, result: dict[str, Any]) -> list[str]:
    """The row as lines of a Markdown table, one for each goal."""
    row = load(name)
    found = []
    for goal, (_, _, ratio) in zip(row.goals, result["goals"], strict=True):
        ours, theirs = (statistics.median(result["times"][one]) for one in (goal.contestant, goal.against))
        used = [result["mib"][one] for one in (goal.contestant, goal.against)]
        memory = [f"{mib:.0f}" for mib in used]
        who = "" if goal.contestant == "ours" else f" ({goal.contestant})"
        reached = ratio >= goal.speed if goal.memory is None else used[0] <= goal.memory * used[1]
        wanted = f"{goal.speed:.2f}" if goal.memory is None else f"{goal.memory:.2f} of the memory"
        verdict = "yes" if reached else "**no**"
        found.append(
            f"| {row.stage}{who} | {goal.against} | {ours:.2f} | {theirs:.2f} | {ratio:.2f} | {wanted} | "
            f"{verdict} | {' / '.join(memory)} | `make bench ROWS={name}` |"
        )
    return found


def header() -> list[str]:
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        processor = next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name"))
    installed = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return [
        f"{date.today().isoformat()}, {processor}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{installed}.",
        "",
        "| stage | against | ours, s | theirs, s | times as fast | to reach | reached | MiB, ours / theirs | repeat |",
        "|---|---|---|---|---|---|---|---|---|",
    ]


def write_page(table: list[str]) -> None:
    """Put the table in its place in the page."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(before + BEGIN + "\n".join(table) + "\n" + END + after, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"some of {', '.join(names())} (default all)")
    parser.add_argument("--folder", type=Path, help="where the input is made and kept (default a temporary folder)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        logging.disable(logging.INFO)
        with contextlib.redirect_stdout(sys.stderr):
            result = one_row(asked.child, asked.folder, asked.memory)
        print(json.dumps(result))
        return 0
    unknown = set(asked.rows).difference(names())
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    table = header()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in asked.rows or names():
            began = time.perf_counter()
            try:
                result = measure(name, folder)
            except subprocess.CalledProcessError as error:
                print(f"{name} failed:\n{error.stderr}", file=sys.stderr)
                return 1
            table += lines(name, result)
            print(f"{name}: {time.perf_counter() - began:.0f} s; {json.dumps(result)}", flush=True)
            print("\n".join(lines(name, result)), flush=True)
    if not asked.rows:
        write_page(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
