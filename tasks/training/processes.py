"""The program of each process that trains: torch's elastic agent starts it, after ``launch`` or under torchrun.

After ``launch`` it reports progress and log to the process that launched it, and its error to the agent. On another
machine that joins, torchrun runs it by itself.
"""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from torch.distributed.elastic.multiprocessing.errors import get_error_handler

from storage.files import read_json
from tasks.compute.children import LogSender, receive, send
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig
from tasks.training.launch import JOB, PROGRAM

log = logging.getLogger("latentfaces")


def main() -> None:
    """Do this process's part of the training whose ``job.json`` is in the given folder."""
    parser = argparse.ArgumentParser(prog=f"torchrun … -m {PROGRAM}")
    parser.add_argument("out", type=Path, help="the folder of the model, on a file system that all machines share")
    parser.add_argument("--launched", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--meeting", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    first = os.environ["LOCAL_RANK"] == "0"
    log.setLevel(logging.INFO if first else logging.ERROR)
    if not given.launched:
        _train(given.out, None, no_progress)
        return
    receive()
    log.addHandler(LogSender() if first else logging.NullHandler())
    log.propagate = False
    try:
        _train(given.out, given.meeting, _send_progress if first else no_progress)
    except BaseException as error:
        get_error_handler().record_exception(error)
        # At once: an orderly exit would wait for the other processes.
        os._exit(1)


def _send_progress(done: int, total: int, note: str = "") -> None:
    send(progress=[done, total, note])


def _train(out: Path, meeting: Path | None, progress: Progress) -> None:
    from tasks.training.team import join, leave
    from tasks.training.train import train_epochs

    if not (out / JOB).exists():
        raise InputError(f"{out / JOB} is not there: start the study first, and join it while it trains")
    job = read_json(out / JOB)
    team = join(meeting)
    train_epochs(Path(job["dataset"]), TrainConfig(**job["config"]), out, progress, team)
    leave()


if __name__ == "__main__":
    main()
