"""Has the parts done by a process that is watched, so that neither a part nor the whole exceeds its time.

An error or a lack of time ends the process, as the device may be of no use to it afterwards; what is left is done by a
new one, except for what needs the part that failed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from subprocess import CalledProcessError
from typing import IO, Any

from benchmarks.gpu.job import Job
from benchmarks.gpu.parts import Part
from tasks.compute.children import Child, ChildError
from tasks.compute.progress import no_progress

MINUTES = 8.0
"""The time that the parts' own limits belong to."""
WRAP_UP = 15.0
"""Seconds kept for the checks, the tables, and deleting what was written."""


@dataclass(frozen=True)
class Result:
    """What came of a part. ``error``: why it failed; ``left_out``: why it was not done; both empty if it succeeded.

    ``late``: whether it failed because its time was up.
    """

    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    gpu_mib: float | None = None
    error: str = ""
    left_out: str = ""
    late: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether its facts can be used."""
        return not (self.error or self.left_out)


def supervise(
    job: Job, parts: Sequence[Part], minutes: float, log: Path, told: Callable[[str, Result], None]
) -> dict[str, Result]:
    """The result of every part, by its name; ``told`` of each when it is there. What is printed goes to ``log``."""
    results: dict[str, Result] = {}
    deadline = time.monotonic() + 60 * minutes - WRAP_UP
    with open(log, "w", encoding="utf-8") as printed:
        worker = Worker(job, printed)
        try:
            for part in parts:
                missing = [need for need in part.needs if not results[need].succeeded]
                left = deadline - time.monotonic()
                if left <= 0:
                    result = Result(left_out="no time left")
                elif missing:
                    result = Result(left_out=f"needs {missing[0]}")
                else:
                    own = part.seconds * minutes / MINUTES
                    result = worker.result(part, min(left, own))
                    if result.late and left < own:
                        result = Result(left_out=f"stopped after {left:.0f} s: the whole's time was up")
                results[part.name] = result
                told(part.name, result)
        finally:
            worker.end()
    return results


class Worker:
    """A process that does parts; another takes its place when it is asked for the next part after one that failed."""

    def __init__(self, job: Job, log: IO[str]) -> None:
        self._job, self._log = job, log
        self._child: Child | None = None
        self._pid = 0

    def result(self, part: Part, seconds: float) -> Result:
        """Do ``part`` in so many ``seconds``, the start of the process included."""
        began, late = time.monotonic(), False
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(self._ask, part.name, seconds)
            try:
                return Result(**answer.result(timeout=seconds))
            except TimeoutError:
                error, late = f"stopped after {seconds:.0f} s, when its time was up", True
            except ChildError as failed:
                error = f"{failed.kind}: {str(failed)[:300]}"
            except CalledProcessError as failed:
                error = f"the process ended with {failed.returncode}; see log.txt"
            self.end()
        return Result(time.monotonic() - began, error=error, late=late)

    def _ask(self, name: str, seconds: float) -> dict[str, Any]:
        if self._child is None:
            self._child = Child("benchmarks.gpu.worker", {}, self._log)
            self._pid = self._child.run(asdict(self._job), no_progress)
        answered: dict[str, Any] = self._child.run([name, seconds], no_progress)
        return answered

    def end(self) -> None:
        """End the process, whatever it does: one that hangs in a driver does not end by itself."""
        if self._child is not None:
            if self._pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, signal.SIGKILL)
            self._child.close()
        self._child, self._pid = None, 0
