"""Training on several processes, which torch's elastic agent (what torchrun runs) starts, watches and ends.

The agent takes over its process's signal handlers, needs the main thread for that, and leaves its processes behind
when it is killed. So it runs in a child process, whose program is this module. What it starts reports to the process
that called ``launch``, and ends with it. On one machine, processes meet through files and talk on the loopback
interface; no port is open to others.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from subprocess import CalledProcessError
from typing import IO

from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from storage.files import read_json, write_json
from tasks.compute.children import Child, ChildError, answer, receive
from tasks.compute.progress import Progress
from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig

log = logging.getLogger("latentfaces")

JOB = "job.json"
"""The file beside the model that tells all processes what to train."""
PROGRAM = "tasks.training.processes"
"""The module that each process runs."""
RUN_ID = "latentfaces"
KEPT = "run the same command again; finished epochs are kept"


def launch(dataset: Path, config: TrainConfig, threads: int, out: Path, progress: Progress) -> None:
    """Train all epochs that are missing on ``config.processes`` processes with ``threads`` CPU threads each.

    Raises ``InputError`` if a process does, else ``ChildProcessError`` that names the process that died. What was
    finished before remains in ``out``.
    """
    write_json(out / JOB, {"dataset": str(dataset), "config": config.model_dump(mode="json")})
    environment = {"OMP_NUM_THREADS": str(threads)}
    if config.nodes == 1:
        # Without these two, the agent and gloo would listen on all of the machine's addresses.
        loopback = "lo0" if sys.platform == "darwin" else "lo"
        environment |= {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1", "GLOO_SOCKET_IFNAME": loopback}
    else:
        log.info("train: waiting for %d more machines; on each: %s", config.nodes - 1, joining(config, out))
    with tempfile.TemporaryFile("w+") as stderr, closing(Child(__name__, environment, stderr)) as child:
        try:
            child.run(str(out), progress)
        except ChildError as error:
            if error.kind == UnexplainedError.__name__:
                raise ChildProcessError(f"{error}; it printed: {_last_words(stderr)}") from None
            raise (InputError if error.kind == InputError.__name__ else ChildProcessError)(str(error)) from None
        except CalledProcessError as error:
            if error.returncode < 0:
                name = signal.Signals(-error.returncode).name
                raise ChildProcessError(f"torchrun was killed by {name}: {KEPT}") from None
            raise _failure(_last_words(stderr), config.team_size) from None
    (out / JOB).unlink(missing_ok=True)


def _last_words(stderr: IO[str]) -> str:
    stderr.seek(0)
    return stderr.read().strip()[-500:]


def joining(config: TrainConfig, out: Path) -> str:
    """The command that joins the training from another machine."""
    return (
        f"torchrun --nnodes={config.nodes} --rdzv-backend=c10d --rdzv-endpoint={config.rendezvous} --rdzv-id={RUN_ID} "
        f"--nproc-per-node={config.processes} -m {PROGRAM} {out}"
    )


def first_cause(failures: Mapping[int, ProcessFailure], size: int) -> Exception:
    """What to raise when of ``size`` processes those in ``failures``, by rank, failed: what happened first.

    The agent ends the others by SIGTERM, and those that waited for the one that died report lost connections.
    """
    by_time = sorted(failures.values(), key=_failed_at)
    messages = [failure.error_file_data["message"] for failure in by_time]
    errors: list[str] = [message["message"] for message in messages if isinstance(message, dict)]
    killed = {rank: signal.Signals(-failure.exitcode) for rank, failure in failures.items() if failure.exitcode < 0}
    for rank, number in sorted(killed.items(), key=lambda item: item[1] == signal.SIGTERM):
        if number != signal.SIGTERM or not errors:
            return ChildProcessError(
                f"training process {rank} of {size} was killed by {number.name} (out of memory?), and the others were "
                f"stopped: {KEPT}"
            )
    for error in errors:
        if error.startswith(f"{InputError.__name__}: "):
            return InputError(error.partition(": ")[2])
    if errors:
        return _failure(errors[0], size)
    return UnexplainedError(_failure(f"exit status {by_time[0].exitcode}", size))


class UnexplainedError(ChildProcessError):
    """A process ended without a report of its error; what it printed may tell."""


def _failed_at(failure: ProcessFailure) -> int:
    """When a process failed, in ns: its report was written then, where torch's own time is in whole seconds."""
    try:
        return Path(failure.error_file).stat().st_mtime_ns
    except OSError:
        return int(failure.timestamp) * 10**9


def _failure(cause: str, size: int) -> ChildProcessError:
    return ChildProcessError(f"a training process of {size} failed ({cause[:2000]}); {KEPT}")


def _run_agent(out: str) -> None:
    config = TrainConfig(**read_json(Path(out) / JOB)["config"])
    alone = config.nodes == 1
    with tempfile.TemporaryDirectory(prefix="latentfaces-training-") as folder:
        agent = LaunchConfig(
            min_nodes=config.nodes,
            max_nodes=config.nodes,
            nproc_per_node=config.processes,
            run_id=RUN_ID,
            rdzv_backend="c10d",
            rdzv_endpoint=f"{folder}/rendezvous" if alone else str(config.rendezvous),
            rdzv_configs={"store_type": "file"} if alone else {},
            local_addr="127.0.0.1" if alone else None,
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(folder),  # where processes leave their errors for the agent
            signals_to_handle="SIGTERM",
        )
        meeting = [f"--meeting={folder}/processes"] if alone else []
        try:
            elastic_launch(agent, sys.executable)("-m", PROGRAM, out, "--launched", *meeting)
        except ChildFailedError as error:
            raise first_cause(error.failures, config.team_size) from None
        except Exception as error:
            raise _failure(f"{type(error).__name__}: {error}", config.team_size) from error


def _end(status: int) -> None:
    """End the agent by SIGTERM, so that it ends its processes; while it waits for another machine it may not react."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
    os._exit(status)


if __name__ == "__main__":
    # Standard output is for the messages of the agent's processes, which inherit it.
    answer(_run_agent, receive(_end, claim_output=False).get())
