"""A prefix in a new bucket on a server of each kind: moto always, the emulators with ``make check-remote``."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import emulators


@pytest.fixture(scope="session")
def azurite() -> Iterator[emulators.Azurite]:
    if not emulators.AZURITE.exists():
        pytest.skip("Azurite is not installed (make .emulators/installed)")
    with emulators.running_azurite() as started:
        yield started


@pytest.fixture(scope="session")
def google() -> Iterator[emulators.Google]:
    if not emulators.GOOGLE.exists():
        pytest.skip("fake-gcs-server is not installed (make .emulators/installed)")
    with emulators.running_google() as started:
        yield started


@pytest.fixture(params=["s3", *(pytest.param(kind, marks=pytest.mark.remote) for kind in ("az", "gs"))])
def url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Credentials are in the environment, local copies in ``tmp_path / "cache"``."""
    if request.param == "s3":
        return f"s3://{request.getfixturevalue('bucket')}/a/b"
    server = request.getfixturevalue({"az": "azurite", "gs": "google"}[request.param])
    for name, value in {**server.environment, "LATENTFACES_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LATENTFACES_STORE_RETRIES", "2")
    bucket = f"bucket-{secrets.token_hex(4)}"
    server.bucket(bucket)
    return f"{request.param}://{bucket}/a/b"
