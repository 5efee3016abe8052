"""Which runs on a server are taken for dead: those whose process is no more, or is another's."""

import subprocess
import sys
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.states import Running

from flows.crashed_runs import mark_crashed_runs


@flow
def some_flow() -> None:
    """Registered, never run."""


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


def end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def test_only_runs_without_their_process_are_closed(client: SyncPrefectClient) -> None:
    names = ("alive", "of another", "gone", "zombie", "without a worker")
    runs = {name: client.create_flow_run(some_flow, state=Running()) for name in names}

    def process_of(name: str, code: str, run: UUID) -> "subprocess.Popen[bytes]":
        environment = {"PREFECT__FLOW_RUN_ID": str(run)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, **pipes)  # type: ignore[call-overload]
        client.update_flow_run(runs[name].id, infrastructure_pid=str(process.pid))
        return process

    waiting = "print('up', flush=True); input()"
    alive, other = process_of("alive", waiting, runs["alive"].id), process_of("of another", waiting, uuid4())
    gone, zombie = process_of("gone", "", runs["gone"].id), process_of("zombie", "", runs["zombie"].id)
    try:
        gone.wait()
        for process in (alive, other, zombie):
            process.stdout.readline()
        mark_crashed_runs()
        states = {name: client.read_flow_run(run.id).state_name for name, run in runs.items()}
    finally:
        for process in (alive, other, zombie):
            end(process)
    assert states == {
        "alive": "Running",
        "of another": "Crashed",
        "gone": "Crashed",
        "zombie": "Crashed",
        "without a worker": "Running",
    }
