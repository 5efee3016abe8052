"""Starts Prefect's temporary server while this program still imports Prefect's engine; each alone takes seconds."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import prefect
from prefect.settings import PREFECT_API_URL, get_current_settings

GUARD = """
import os, signal, sys
sys.stdin.read()
try:
    os.kill(int(sys.argv[1]), signal.SIGTERM)
except ProcessLookupError:
    pass
"""

COMMAND = (
    "-m",
    "uvicorn",
    "--factory",
    "prefect.server.api.server:create_app",
    "--log-level",
    "error",
    "--lifespan",
    "on",
)
"""Prefect's own, as its settings for the process are."""
SETTINGS = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


@contextmanager
def begun_server() -> Iterator[Callable[[], None]]:
    """Start a temporary server, unless a server's address is set.

    Yields what leaves it to Prefect, to be called before the first flow runs: from then on it is as if Prefect had
    started it. One that Prefect did not ask for ends here.
    """
    if PREFECT_API_URL.value():
        yield lambda: None
        return
    port = _free_port()
    address = ("--app-dir", str(prefect.__module_path__.parent), "--host", "127.0.0.1", "--port", str(port))
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    # A Ctrl-C must not reach it: Prefect still has to report the end of the run to it, and would wait for ever.
    process = subprocess.Popen(
        [sys.executable, *COMMAND, *address], env={**os.environ, **SETTINGS, **settings}, start_new_session=True
    )
    taken: list[subprocess.Popen[Any]] = []

    def leave_to_prefect() -> None:
        from prefect.server.api.server import SubprocessASGIServer

        def start() -> subprocess.Popen[Any]:
            if taken:
                return SubprocessASGIServer._run_uvicorn_command(server)
            taken.append(process)
            return process

        server = SubprocessASGIServer()
        server.port = port
        server._run_uvicorn_command = start  # type: ignore[method-assign]

    try:
        with guarded([process]):
            yield leave_to_prefect
    finally:
        if not taken:
            process.terminate()
            process.wait()


def temporary_servers() -> list[subprocess.Popen[Any]]:
    """Those that Prefect has for this process; none where a server's address is set, and no import of seconds then."""
    if PREFECT_API_URL.value():
        return []
    from prefect.server.api.server import SubprocessASGIServer

    processes = [server.server_process for server in SubprocessASGIServer._instances.values()]
    return [process for process in processes if process is not None]


@contextmanager
def guarded(servers: list[subprocess.Popen[Any]]) -> Iterator[None]:
    """While inside, a guard process each waits to end one of ``servers`` should this process be killed."""
    guards = [
        subprocess.Popen([sys.executable, "-c", GUARD, str(server.pid)], stdin=subprocess.PIPE, start_new_session=True)
        for server in servers
    ]
    try:
        yield
    finally:
        for guard in guards:
            guard.kill()
            guard.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
