"""``latentfaces serve`` for the tests: a process of its own, with server and worker, and what one asks of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, TaskRun

from flows.config import study_config
from storage.keys import PROJECT
from tests.server import parents

MAIN = "from flows.cli import main; main()"


@dataclass(frozen=True)
class Service:
    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def wait_for(self, what: Callable[[], Any], seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, (self.folder / "serve.log").read_text()
            if found := what():
                return found
            time.sleep(1)
        raise AssertionError("".join(path.read_text()[-3000:] for path in self.folder.glob("*.log")))


@contextmanager
def running_service(folder: Path, port: int, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Prefect's home and the logs are in ``folder``; yielded once the dashboard is there."""
    environment = {
        **os.environ,
        "PREFECT_HOME": str(folder / "prefect"),
        "LATENTFACES_CACHE": str(folder / "cache"),
        **(settings or {}),
    }
    environment.pop("PREFECT_API_URL", None)
    command = [sys.executable, "-c", MAIN, "serve", "--port", str(port), "--logs", str(folder)]
    with open(folder / "serve.log", "wb") as log:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
    service = Service(process, port, folder)
    try:
        service.wait_for(lambda: "dashboard: http" in (folder / "serve.log").read_text(), 600)
        yield service
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)


def start(client: SyncPrefectClient, deployment: str, store: str, settings: list[str]) -> FlowRun:
    config = study_config("demo", None, settings).model_dump(mode="json")
    found = client.read_deployment_by_name(deployment)
    return client.create_flow_run_from_deployment(found.id, parameters={"config": config, "store": store})


def wait_until_completed(
    service: Service, client: SyncPrefectClient, *runs: FlowRun, seconds: float = 900
) -> list[TaskRun]:
    """All task runs of ``runs``, once those have completed."""

    def ended() -> bool:
        states = [client.read_flow_run(run.id).state for run in runs]
        return all(state is not None and state.is_final() for state in states)

    service.wait_for(ended, seconds)
    assert [client.read_flow_run(run.id).state_name for run in runs] == ["Completed"] * len(runs)
    of_runs = FlowRunFilter(id=FlowRunFilterId(any_=[run.id for run in runs]))
    return client.read_task_runs(flow_run_filter=of_runs, limit=200)


def descendants(process: int) -> list[int]:
    """``process`` and all that it started."""
    started, found = parents(), [process]
    for one in found:
        found += [child for child, parent in started.items() if parent == one]
    return found
