"""How many synthetic portraits are drawn and written per second, by one process and by one on each core.

Repeat with ``OMP_NUM_THREADS=1 python -m benchmarks.synthesis --count 1000`` in the project's folder. The best
of ``--repeat`` runs counts; on a machine that does other work as well, compare only runs made in turns.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from tasks.synthesis.synthesize import synthesize


def images_per_second(count: int, workers: int) -> float:
    """Of one call that starts its processes, draws, and writes the pictures and their lists."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        synthesize(Path(folder) / "faces", count, 1, workers)
        return count / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description="Images per second of the synthetic portraits.")
    parser.add_argument("--count", type=int, default=1000, help="images in a run (default 1000)")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the best counts (default 3)")
    arguments = parser.parse_args()
    cores = os.cpu_count() or 1
    for workers in sorted({1, cores}):
        best = max(images_per_second(arguments.count, workers) for _ in range(arguments.repeat))
        print(f"{workers} process{'es' if workers > 1 else ''}: {best:.0f} images/s")


if __name__ == "__main__":
    main()
