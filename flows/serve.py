"""A Prefect server and a worker on one machine, with every deployment of ``prefect.yaml``, ended together."""

from __future__ import annotations

import ipaddress
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import prefect
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, get_current_settings, temporary_settings

from flows.crashed_runs import mark_crashed_runs
from storage.keys import PROJECT
from storage.writable import why_unwritable
from tasks.stage.errors import InputError
from tasks.stage.task import TRAINING, update_dashboard

log = logging.getLogger("latentfaces")

POOL = "latentfaces"
STOP_SECONDS = 30
START_SECONDS = 300


SERVER_DEFAULTS = {
    # Slots of concurrency limits are kept in the database; who holds them must outlive the server too, or a slot that
    # was held when the server ended is never free again.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # For so long a deployment's slot is kept for a run that is being started; from then on it is renewed, for 300 s.
    "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "120",
    # SQLite on a machine whose processors are all training: five and ten seconds are too few.
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    "PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT": "60",
    # How many runs of a schedule wait in the dashboard; a hundred of each are many to insert at once.
    "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "5",
}
SERVER_OUTPUT = {"PREFECT_SERVER_LOGGING_LEVEL": "WARNING", "PREFECT_LOGGING_ROOT_LEVEL": "WARNING"}
"""Temporary servers are kept silent; this one's log is read."""

DATABASE = "latentfaces.db"
"""In Prefect's home, separate from that of the temporary servers, which would never free a limit's slot."""


@dataclass(frozen=True)
class Address:
    """Where the server listens: on loopback unless set otherwise."""

    host: str = "127.0.0.1"
    port: int = 4200

    @property
    def ui(self) -> str:
        """The dashboard's address, as a browser on this machine reaches it."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(socket.gethostbyname(self.host)).is_loopback

    @property
    def api(self) -> str:
        """The API's address."""
        return f"{self.ui}/api"


class StoppedError(Exception):
    """A signal asked the service to stop."""


def serve(address: Address, logs: Path | None = None, project: Path = PROJECT) -> None:
    """Start server and worker, deploy, and wait until SIGINT or SIGTERM; then end both, the worker first.

    ``logs``: a folder for ``server.log`` and ``worker.log``; standard error if None. Raises ``InputError`` if the
    address is taken, and ``RuntimeError`` if the server does not start, or either stops unexpectedly.
    """
    _check_free(address)
    database = _own_database()
    defaults = {**SERVER_DEFAULTS, **dashboard_files()}
    if database:
        defaults["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
    environment = {
        **os.environ,
        "PREFECT_API_URL": address.api,
        "PREFECT_UI_API_URL": address.api,
        "PREFECT_SERVER_UI_API_URL": address.api,
    }
    command = [sys.executable, "-m", "prefect"]
    with _stopping_on_signals():
        start = [*command, "server", "start", "--host", address.host, "--port", str(address.port)]
        with _running(start, {**defaults, **environment, **SERVER_OUTPUT}, project, logs, "server") as server:
            _wait_until_healthy(address.api, server)
            deploy(environment, project)
            worker_command = [*command, "worker", "start", "--pool", POOL, "--name", "latentfaces"]
            with (
                _dead_runs_closed(address, server) if database and address.is_loopback else nullcontext(),
                _running(worker_command, environment, project, logs, "worker") as worker,
            ):
                log.info("dashboard: %s   (Ctrl-C stops server and worker)", address.ui)
                _wait_for_the_end({"server": server, "worker": worker})


def _own_database() -> str | None:
    """The database of this service alone; None where the user's environment or Prefect profile names another."""
    home = f"sqlite+aiosqlite:///{PREFECT_HOME.value()}"
    named = get_current_settings().server.database.connection_url
    return f"{home}/{DATABASE}" if named is None or named.get_secret_value() == f"{home}/prefect.db" else None


def dashboard_files() -> dict[str, str]:
    """A setting that has Prefect copy its dashboard's files into its home, where it cannot into its own package."""
    home = PREFECT_HOME.value()
    named = get_current_settings().server.ui.static_directory
    if named or home is None or why_unwritable(prefect.__ui_static_subpath__) is None:
        return {}
    return {"PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "dashboard")}


def deploy(environment: Mapping[str, str], project: Path = PROJECT) -> None:
    """Make the work pool and the limit of one training at a time, and deploy all of ``prefect.yaml``.

    Raises ``RuntimeError`` with what Prefect said if it refuses.
    """
    for arguments in (
        ("work-pool", "create", "--type", "process", "--overwrite", POOL),
        ("--no-prompt", "gcl", "create", f"tag:{TRAINING}", "--limit", "1"),
        ("--no-prompt", "deploy", "--all"),
    ):
        command = [sys.executable, "-m", "prefect", *arguments]
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, start_new_session=True
        )
        said = done.stdout + done.stderr
        if done.returncode and not ("gcl" in arguments and "exists" in said):
            raise RuntimeError(f"'prefect {' '.join(arguments)}' failed: {said.strip()[-2000:]}")
    log.info("deployed the study and every stage to the work pool %s", POOL)


def _check_free(address: Address) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            raise InputError(
                f"cannot listen on {address.host}:{address.port} ({error.strerror}): stop the program that uses it, or "
                "choose another --port"
            ) from error


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    """SIGTERM and SIGINT end the block quietly; its own ``finally`` clauses run first."""

    def stop(number: int, frame: FrameType | None) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise StoppedError

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except StoppedError:
        log.info("stopped")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, logs: Path | None, name: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Have ``command`` run meanwhile, in a session of its own: Ctrl-C reaches us alone, and we end it in order."""
    with open(logs / f"{name}.log", "ab") if logs else nullcontext(sys.stderr) as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


@contextmanager
def _dead_runs_closed(address: Address, server: subprocess.Popen[bytes]) -> Iterator[None]:
    """Before the worker starts, and after it has ended: its runs end with it, and so does what they hold.

    Only where no other machine's worker can take part: neither the database nor the server is shared.
    """
    _mark_crashed_runs(address, server)
    try:
        yield
    finally:
        _mark_crashed_runs(address, server)


def _mark_crashed_runs(address: Address, server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        with temporary_settings({PREFECT_API_URL: address.api}):
            update_dashboard(mark_crashed_runs)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started: kindly, and after half a minute by force."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):  # its group outlives it only where something was left behind
        os.killpg(process.pid, signal.SIGKILL)


def _wait_until_healthy(api: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.3)
    raise RuntimeError("the Prefect server did not start; see its log")


def _wait_for_the_end(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"the {name} stopped unexpectedly (status {process.returncode}); see its log")
        time.sleep(0.5)
