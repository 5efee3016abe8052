"""Training on several processes: torchrun starts them, this process waits, and a process that dies ends them all.

``launch`` writes what is to be done to ``job.json`` beside the model and starts torchrun, whose processes run
``main`` here. They tell how far they are on standard output, a line of JSON each, and end when their standard input
does: however the launching process dies, nothing goes on without it. On one machine they meet through files and
talk on the loopback interface; no port is open to others.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.files import read_json, write_json
from storage.keys import PROJECT
from tasks.errors import InputError
from tasks.progress import Progress
from tasks.training.config import TrainConfig

log = logging.getLogger("latentfaces")

JOB = "job.json"
MODULE = "tasks.training.processes"


def launch(dataset: Path, config: TrainConfig, threads: int, out: Path, progress: Progress) -> None:
    """Train all epochs that are missing on ``config.processes`` processes, by torchrun; ``threads``: of each.

    Raises ``InputError`` where a process met one, ``ChildProcessError`` that names the process that died. What was
    finished before remains in ``out``.
    """
    write_json(out / JOB, {"dataset": str(dataset), "config": config.model_dump(mode="json")})
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
    }
    with (
        tempfile.TemporaryDirectory(prefix="latentfaces-torchrun-") as folder,
        open(Path(folder) / "log", "w+") as said,
    ):
        meet = _meeting(config, Path(folder), environment)
        if config.nodes > 1:
            log.info("train: waiting for %d more machines; on each: %s", config.nodes - 1, joining(config, out))
        torchrun = [sys.executable, "-m", "torch.distributed.run", *meet, f"--nproc-per-node={config.processes}"]
        process = subprocess.Popen(
            [*torchrun, "-m", MODULE, str(out), "--launched", *(["--alone"] if config.nodes == 1 else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env={**environment, "LATENTFACES_MEETING": folder},
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        heard = Heard(progress)
        try:
            for line in process.stdout:
                heard.listen(line)
            process.wait()
        finally:
            process.stdin.close()
            process.wait()
        said.seek(0)
        heard.raise_what_went_wrong(process.returncode, said.read(), config.processes * config.nodes)
    (out / JOB).unlink(missing_ok=True)


def _meeting(config: TrainConfig, folder: Path, environment: dict[str, str]) -> list[str]:
    """Where torchrun's processes find each other."""
    if config.nodes > 1:
        return [*_rendezvous(config)]
    # Without these two, torchrun and gloo would listen on all of the machine's addresses.
    environment |= {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1", "GLOO_SOCKET_IFNAME": _loopback()}
    options = ["--nnodes=1", "--rdzv-backend=c10d", "--rdzv-conf=store_type=file", "--local-addr=127.0.0.1"]
    return [*options, f"--rdzv-endpoint={folder / 'rendezvous'}", "--rdzv-id=latentfaces"]


def _rendezvous(config: TrainConfig) -> list[str]:
    return [
        f"--nnodes={config.nodes}",
        "--rdzv-backend=c10d",
        f"--rdzv-endpoint={config.rendezvous}",
        "--rdzv-id=latentfaces",
    ]


def joining(config: TrainConfig, out: Path) -> str:
    """The command that joins the training from another machine."""
    return " ".join(["torchrun", *_rendezvous(config), f"--nproc-per-node={config.processes}", "-m", MODULE, str(out)])


def _loopback() -> str:
    return "lo0" if sys.platform == "darwin" else "lo"


_FAILURE = re.compile(r"^\s*rank\s*: (\d+) .*?exitcode\s*: (-?\d+) ", re.DOTALL | re.MULTILINE)
"""In torchrun's closing report; its log has other lines with a ``local_rank``."""


@dataclass
class Heard:
    """What the processes said."""

    progress: Progress
    errors: list[tuple[str, str]] = field(default_factory=list)

    def listen(self, line: str) -> None:
        """Pass on one line of a process: its progress, its log or its error; anything else is nobody's business."""
        try:
            message: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        if "progress" in message:
            self.progress(*message["progress"])
        elif "log" in message:
            log.log(*message["log"])
        elif "error" in message:
            self.errors.append((message["kind"], message["error"]))

    def raise_what_went_wrong(self, status: int, said: str, size: int) -> None:
        """Raise the first cause if torchrun, which ``said`` so much, ended with a ``status`` other than 0."""
        if status == 0:
            return
        if status < 0:
            raise ChildProcessError(
                f"torchrun was killed by {signal.Signals(-status).name}: run the same command again; finished epochs "
                "are kept"
            )
        killed = [(int(rank), -int(code)) for rank, code in _FAILURE.findall(said) if int(code) < 0]
        # torchrun itself ends the others by SIGTERM.
        for rank, number in sorted(killed, key=lambda one: one[1] == signal.SIGTERM):
            if number != signal.SIGTERM or not self.errors:
                raise ChildProcessError(
                    f"training process {rank} of {size} was killed by {signal.Signals(number).name} (out of memory?), "
                    "and the others were ended: run the same command again; finished epochs are kept"
                )
        for kind, error in self.errors:
            if kind == InputError.__name__:
                raise InputError(error)
        cause = f"{self.errors[0][0]}: {self.errors[0][1]}" if self.errors else said.strip()[-500:]
        raise ChildProcessError(
            f"a training process of {size} failed ({cause}); run the same command again; finished epochs are kept"
        )


def _tell(**message: Any) -> None:
    """One line in one write, so that lines of several processes do not mix."""
    os.write(1, json.dumps(message).encode()[:4000] + b"\n")


class _ToldLog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _tell(log=[record.levelno, record.getMessage()])


def _end_with_launcher() -> None:
    """Wait for the end of standard input, which only the launching process holds open, and end at once."""
    while os.read(0, 4096):
        pass
    os._exit(1)


def main(arguments: list[str] | None = None) -> None:
    """What each of torchrun's processes does: its part of the training whose ``job.json`` is in the folder named."""
    parser = argparse.ArgumentParser(prog=f"torchrun … -m {MODULE}")
    parser.add_argument("out", type=Path, help="the folder of the model, on a file system that all machines share")
    parser.add_argument("--launched", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    speaks = os.environ["LOCAL_RANK"] == "0"
    if given.launched:
        threading.Thread(target=_end_with_launcher, daemon=True).start()
        log.addHandler(_ToldLog() if speaks else logging.NullHandler())
        log.propagate = False
    log.setLevel(logging.INFO if speaks else logging.ERROR)
    meeting = Path(os.environ["LATENTFACES_MEETING"]) / "processes" if given.alone else None
    try:
        _train(given.out, meeting, _told if speaks and given.launched else _untold)
    except BaseException as error:
        if not given.launched:
            raise
        _tell(kind=type(error).__name__, error=" ".join(str(error).split())[:2000])
        # At once: to leave the others in good order would be to wait for them.
        os._exit(1)


def _told(done: int, total: int, note: str = "") -> None:
    _tell(progress=[done, total, note])


def _untold(done: int, total: int, note: str = "") -> None:
    pass


def _train(out: Path, meeting: Path | None, progress: Progress) -> None:
    from tasks.training.team import join, leave
    from tasks.training.train import train_epochs

    if not (out / JOB).exists():
        raise InputError(f"{out / JOB} is not there: start the study first, and join it while it trains")
    job: Mapping[str, Any] = read_json(out / JOB)
    team = join(meeting)
    train_epochs(Path(job["dataset"]), TrainConfig(**job["config"]), out, progress, team)
    leave()


if __name__ == "__main__":
    main()
