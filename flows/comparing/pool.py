"""The processes that share the studies of a comparison among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from subprocess import CalledProcessError
from typing import Any

from flows.comparing.worker import MODULE
from tasks.compute.children import Child, ChildError
from tasks.compute.cores import available_cores
from tasks.compute.memory import available_memory

BYTES_EACH = 3 * 2**30
"""Memory that a study is given room for."""

THREADS = "OMP_NUM_THREADS"
Job = dict[str, Any]


def studies_at_once(studies: int) -> int:
    """How many studies at a time: one where a GPU does the work, else one a core, as far as memory goes."""
    import torch

    if torch.cuda.is_available():
        return 1
    return max(1, min(studies, available_cores(), int(available_memory() // BYTES_EACH)))


def threads_each(parallel: int) -> int:
    """CPU threads of each of ``parallel`` processes: an equal share, and no more than the user allows."""
    share = max(1, available_cores() // parallel)
    given = os.environ.get(THREADS, "")
    return min(share, int(given)) if given.isdigit() and int(given) > 0 else share


@dataclass
class Outcome:
    """What became of each study: its summary by its name, or why it failed."""

    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def run_jobs(jobs: Sequence[Job], parallel: int, api: str, progress: Callable[[int, str], None]) -> Outcome:
    """Run each of ``jobs`` in one of ``parallel`` processes; a study that fails does not keep the others from ending.

    ``api``: address of the Prefect API that the processes use. ``progress(done, note)`` counts studies. Whatever is
    raised here, such as KeyboardInterrupt, ends the processes first.
    """
    environment = {"PREFECT_API_URL": api, THREADS: str(threads_each(parallel))}
    children = [Child(MODULE, environment) for _ in range(min(parallel, len(jobs)))]
    outcome, waiting = Outcome(), iter(jobs)

    def report(name: str, stage: str, done: int, total: int, note: str) -> None:
        alone = f"{name}: {stage} {done}/{total} {note}".strip()
        progress(len(outcome.done), name if len(children) > 1 else alone)

    def work(child: Child) -> None:
        for job in waiting:
            name = job["name"]
            try:
                outcome.done[name] = child.run(job, partial(report, name), f"[{name}] ")
            except ChildError as error:
                outcome.failed[name] = str(error)
            except CalledProcessError as error:
                code = error.returncode
                how = f"was killed by signal {-code} (out of memory?)" if code < 0 else f"ended with status {code}"
                outcome.failed[name] = f"its process {how}; finished work is kept"
            progress(len(outcome.done), "")

    with ThreadPoolExecutor(len(children)) as threads:
        try:
            for finished in as_completed([threads.submit(work, child) for child in children]):
                finished.result()
        finally:
            for child in children:
                child.close()
    return outcome
