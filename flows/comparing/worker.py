"""A process that runs studies of a comparison, one after another, for the process that started it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from flows.console import set_prefect_defaults
from tasks.compute.children import LogSender, answer, receive, send

MODULE = "flows.comparing.worker"
log = logging.getLogger("latentfaces")


def main() -> None:
    """Run studies until the parent ends this process; what was finished is in the store."""
    jobs = receive()
    set_prefect_defaults()
    from prefect.logging.handlers import APILogHandler

    from flows.console import configure_logging
    from tasks.compute.progress import listening

    configure_logging(debug=False)
    for handler in list(log.handlers):  # but not the one that sends to the dashboard
        if not isinstance(handler, APILogHandler):
            log.removeHandler(handler)
    log.addHandler(LogSender())
    log.propagate = False
    with listening(_twice_a_second()):
        while True:
            answer(_run, jobs.get())


def _twice_a_second() -> Callable[[str, int, int, str], None]:
    """Send progress at most twice a second, but each stage's end."""
    last = 0.0

    def send_progress(stage: str, done: int, total: int, note: str) -> None:
        nonlocal last
        if time.monotonic() - last > 0.5 or done >= total:
            last = time.monotonic()
            send(progress=[stage, done, total, note])

    return send_progress


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
