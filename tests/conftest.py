"""What the tests share: one real Prefect server, one real S3 endpoint."""

import logging
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from flows.console import set_prefect_defaults
from tests.endpoint import Endpoint, running_endpoint
from tests.server import Server, free_port

set_prefect_defaults()
FINISHED = "tests/flows/finished/"

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


class FileScheduling(LoadScopeScheduling):
    """pytest-xdist's processes get whole files, and one of them all that read the finished study."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        return FINISHED if file.startswith(FINISHED) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    return FileScheduling(config, log)


@pytest.fixture(autouse=True)
def _log_reaches_pytest() -> None:
    """Prefect and the command line end this project's log at their own handlers."""
    log = logging.getLogger("latentfaces")
    log.propagate, log.disabled = True, False
    log.setLevel(logging.INFO)


@pytest.fixture(scope="module")
def unused_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API address of a Prefect server process of its own, on loopback."""
    server = Server(tmp_path_factory.mktemp("prefect"))
    try:
        server.start()
        yield server.address
    finally:
        server.stop()


@pytest.fixture
def prefect_api(prefect_server: str) -> Iterator[str]:
    """Flows of this process use the tests' server."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: prefect_server}):
        yield prefect_server


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    """An S3 endpoint on loopback, a process of its own."""
    with running_endpoint() as started:
        yield started


@pytest.fixture
def bucket(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The name of a new bucket, credentials in the environment, local copies in ``tmp_path / "cache"``."""
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    name = f"bucket-{secrets.token_hex(4)}"
    endpoint.bucket(name)
    return name
