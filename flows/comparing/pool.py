"""The processes among which the studies of a comparison are shared out, and what they say."""

from __future__ import annotations

import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flows.comparing.worker import MODULE
from storage.keys import PROJECT
from tasks.memory import available_memory

log = logging.getLogger("latentfaces")

BYTES_EACH = 3 * 2**30
"""Memory that a study is given room for."""

THREADS = "OMP_NUM_THREADS"
Job = dict[str, Any]


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def room(studies: int) -> int:
    """How many studies at a time: one where a GPU does the work, else one a core, as far as memory goes."""
    import torch

    if torch.cuda.is_available():
        return 1
    return max(1, min(studies, cores(), int(available_memory() // BYTES_EACH)))


def threads_each(parallel: int) -> int:
    """CPU threads of each of ``parallel`` processes: an equal share, and no more than the user allows."""
    share = max(1, cores() // parallel)
    given = os.environ.get(THREADS, "")
    return min(share, int(given)) if given.isdigit() and int(given) > 0 else share


@dataclass
class Outcome:
    """What became of each study: its summary by its name, or why it failed."""

    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def run_jobs(jobs: Sequence[Job], parallel: int, api: str, told: Callable[[int, str], None]) -> Outcome:
    """Run each of ``jobs`` in one of ``parallel`` processes; a study that fails does not keep the others from ending.

    ``api``: address of the Prefect API that the processes use; ``told(done, note)``: progress in studies. Whatever is
    raised here, such as KeyboardInterrupt, ends the processes first.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    outcome, workers = Outcome(), [Worker(api, threads_each(parallel)) for _ in range(min(parallel, len(jobs)))]

    def work(worker: Worker) -> None:
        while True:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                outcome.done[job["name"]] = worker.run(job, len(workers) > 1, told, len(outcome.done))
            except StudyFailedError as error:
                outcome.failed[job["name"]] = str(error)
            told(len(outcome.done), "")

    threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in workers]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)
    finally:
        for worker in workers:
            worker.end()
    return outcome


class StudyFailedError(Exception):
    """Why a study could not be finished."""


class Worker:
    """A process that runs one study at a time; started when the first comes, and anew should it have died."""

    def __init__(self, api: str, threads: int) -> None:
        self._api, self._threads = api, threads
        self._process: subprocess.Popen[str] | None = None

    def run(self, job: Job, several: bool, told: Callable[[int, str], None], done: int) -> dict[str, Any]:
        """The summary of the study ``job``; raises ``StudyFailedError``. ``several``: whether others run beside it."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        name = job["name"]
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            message: dict[str, Any] = json.loads(line)
            if "log" in message:
                level, text = message["log"]
                log.log(level, "[%s] %s", name, text)
            elif "progress" in message:
                stage, at, total, note = message["progress"]
                told(done, name if several else f"{name}: {stage} {at}/{total} {note}".strip())
            elif "error" in message:
                raise StudyFailedError(message["error"])
            elif "done" in message:
                summary: dict[str, Any] = message["done"]
                return summary
        status = process.wait()
        self._process = None
        how = f"was killed by signal {-status} (out of memory?)" if status < 0 else f"ended with status {status}"
        raise StudyFailedError(f"its process {how}; what it had finished is kept")

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            environment = {
                **os.environ,
                "PREFECT_API_URL": self._api,
                THREADS: str(self._threads),
                "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
            }
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
        return self._process

    def end(self) -> None:
        """End the process: at once where it works, since its standard input ends."""
        if self._process is not None:
            assert self._process.stdin is not None
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()
            self._process = None
