"""The process that does the parts of a check one at a time, as its parent asks."""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from typing import Any

from benchmarks.gpu.job import Job
from benchmarks.gpu.parts import parts_of
from tasks.compute.children import answer, receive


def peak_memory(device: str) -> float | None:
    """MiB that torch had at most on the device since it was last asked; None if it had nothing there."""
    import torch

    if not device.startswith("cuda") or not torch.cuda.is_initialized():
        return None
    peak = torch.cuda.max_memory_allocated(device) / 2**20
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    return peak


def main() -> None:
    jobs = receive()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    given = jobs.get()
    job = Job(**{**given, "settings": tuple(given["settings"])})
    parts = {part.name: part for part in parts_of(job)}

    def work(asked: list[Any]) -> dict[str, Any]:
        name, seconds = asked
        began = time.perf_counter()
        try:
            facts = parts[name].run(job, seconds)
        except Exception:
            traceback.print_exc()
            raise
        spent = time.perf_counter() - began
        return {"seconds": spent, "facts": facts, "gpu_mib": peak_memory(job.device)}

    answer(lambda given: os.getpid(), given)
    while True:
        answer(work, jobs.get())


if __name__ == "__main__":
    main()
