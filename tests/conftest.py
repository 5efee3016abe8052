"""What the tests share: one real Prefect server, one real S3 endpoint."""

import logging
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.console import set_prefect_defaults
from tests.endpoint import Endpoint, running_endpoint
from tests.server import Server, free_port

set_prefect_defaults()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Worker processes get whole files, and one of them all tests that read the finished study."""
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        group = "finished_run" if "finished_run" in names else item.path.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))


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
