"""A process that runs studies of a comparison, one after another, for the process that started it.

Each line on its standard input is a study, as JSON; on its standard output it says, a line of JSON each, what it logs,
how far it is, and how the study ended. It ends with its standard input: however the process that started it dies,
nothing goes on without it, and what was finished is in the store.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from flows.console import set_prefect_defaults

MODULE = "flows.comparing.worker"
log = logging.getLogger("latentfaces")

_output = 1
_guard = threading.Lock()


def tell(**message: Any) -> None:
    """One line on what was standard output when the process began."""
    line = json.dumps(message).encode() + b"\n"
    with _guard:
        while line:
            line = line[os.write(_output, line) :]


class _Told(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tell(log=[record.levelno, record.getMessage()])


def _told_progress(stage: str, done: int, total: int, note: str) -> None:
    tell(progress=[stage, done, total, note])


def _read_jobs(jobs: queue.Queue[dict[str, Any] | None], idle: Callable[[], bool]) -> None:
    for line in sys.stdin:
        jobs.put(json.loads(line))
    if not idle():
        os._exit(1)
    jobs.put(None)


def main() -> None:
    """Run studies until standard input ends."""
    global _output
    # In its starter's session, so that priorities given to that hold here too; Ctrl-C is the starter's to answer.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever prints to standard output would be taken for a message.
    _output = os.dup(1)
    os.dup2(2, 1)
    set_prefect_defaults()
    from prefect.logging.handlers import APILogHandler

    from flows.console import configure_logging
    from storage.failure import StoreFailed
    from tasks.progress import listening

    configure_logging(debug=False)
    for handler in list(log.handlers):  # but not the one that sends to the dashboard
        if not isinstance(handler, APILogHandler):
            log.removeHandler(handler)
    log.addHandler(_Told())
    log.propagate = False
    busy = threading.Event()
    jobs: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_read_jobs, args=(jobs, lambda: not busy.is_set()), daemon=True).start()
    with listening(_throttled(_told_progress)):
        while (job := jobs.get()) is not None:
            busy.set()
            try:
                tell(done=_run(job))
            except (Exception, StoreFailed) as error:
                tell(error=" ".join(str(error).split()) or type(error).__name__, kind=type(error).__name__)
            busy.clear()
    os._exit(0)


def _throttled(tell_progress: Callable[[str, int, int, str], None]) -> Callable[[str, int, int, str], None]:
    """At most twice a second, but each stage's end."""
    import time

    last = 0.0

    def told(stage: str, done: int, total: int, note: str) -> None:
        nonlocal last
        if time.monotonic() - last > 0.5 or done >= total:
            last = time.monotonic()
            tell_progress(stage, done, total, note)

    return told


def _run(job: dict[str, Any]) -> dict[str, Any]:
    from prefect import tags

    from flows.comparing.study import compared_study
    from flows.config import StudyConfig

    config = StudyConfig.model_validate(job.pop("config"))
    with tags(*job.pop("tags")):
        summary: dict[str, Any] = compared_study(config=config, **job)
    return summary


if __name__ == "__main__":
    main()
