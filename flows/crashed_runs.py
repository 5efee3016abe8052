"""What a killed run leaves behind: a flow run that Prefect takes for running, and a temporary server.

A run holds a ``flock`` in ``<store>/.runs`` that ends with its process, so a later run can tell; and a guard
process ends Prefect's temporary server when the run's end of a pipe closes, however the run dies.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed

from flows.temporary_server import guarded, temporary_servers
from storage.store import Store
from tasks.stage.task import update_dashboard

log = logging.getLogger("latentfaces")

_FLOW_RUN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@contextmanager
def run_registered(store: Store) -> Iterator[None]:
    """Let later runs on ``store`` see whether this flow run is still alive; called inside the flow."""
    folder = store.root / ".runs"
    folder.mkdir(parents=True, exist_ok=True)
    _close_killed_runs(folder)
    path = folder / str(flow_run.id)
    # Locked under another name first, or a run that looks now would take this one for dead.
    unlocked = folder / f".{flow_run.id}"
    descriptor = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    unlocked.rename(path)
    try:
        with guarded(temporary_servers()):
            yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _close_killed_runs(folder: Path) -> None:
    for path in folder.iterdir():
        if not _FLOW_RUN.fullmatch(path.name):
            continue
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            update_dashboard(_close_killed_run, UUID(path.name))
            path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def mark_crashed_runs() -> None:
    """Mark as crashed what was running on a server when its workers died, which frees their deployments' slots.

    For a server that only this machine's workers reach: a run is known by the number of its process alone.
    """
    alive = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=alive))):
            process = run.infrastructure_pid or ""
            if process.isdecimal() and not _is_alive(int(process), run.id):
                _mark_crashed(client, run.id)


def _is_alive(process: int, run: UUID) -> bool:
    """Whether ``process`` is that of the flow run, and not a zombie or, after a reboot, another of that number."""
    if not Path("/proc/self/environ").exists():
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        return True
    try:
        return f"PREFECT__FLOW_RUN_ID={run}".encode() in Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return False


def _close_killed_run(identifier: UUID) -> None:
    with get_client(sync_client=True) as client:
        _mark_crashed(client, identifier)


def _mark_crashed(client: SyncPrefectClient, identifier: UUID) -> None:
    state: State[None] = Crashed(message="The process of this run was killed.")
    try:
        run = client.read_flow_run(identifier)
    except ObjectNotFound:
        return
    if run.state is None or run.state.is_final():
        return
    client.set_flow_run_state(identifier, state, force=True)
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[identifier]))
    for task_run in client.read_task_runs(flow_run_filter=of_run):
        if task_run.state is None or not task_run.state.is_final():
            client.set_task_run_state(task_run.id, state, force=True)
    log.info("the earlier flow run %s was killed; marked it as crashed", run.name)
