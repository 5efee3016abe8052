"""A Prefect server that dies while a study runs on it (make check-faults)."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from storage.record import RECORD
from tests.server import Server

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

MAIN = "from flows.cli import main; main()"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "prefect"
    home.mkdir()
    started = Server(home)
    try:
        started.start()
        yield started
    finally:
        started.stop()


class Study:
    """The command; its training takes long enough for a server to die and to come back in it."""

    def __init__(self, server: Server, folder: Path, settings: list[str]) -> None:
        self.store, self.folder = folder / "store", folder
        chosen = [part for setting in [*settings, "train.epochs=120"] for part in ("--set", setting)]
        self._command = [sys.executable, "-c", MAIN, "run", "--json", "--store", str(self.store), *chosen]
        self._environment = {**os.environ, "PREFECT_API_URL": server.address, "OMP_NUM_THREADS": "1"}

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        with open(self.folder / f"{name}.json", "wb") as out, open(self.folder / f"{name}.log", "wb") as said:
            return subprocess.Popen(self._command, env=self._environment, stdout=out, stderr=said)

    def train(self, name: str) -> "subprocess.Popen[bytes]":
        """Start; returns once the training has a finished epoch."""
        process, deadline = self.start(name), time.monotonic() + 600
        while not list(self.store.glob("model/*/checkpoint.safetensors")):
            assert process.poll() is None, self.said(name)
            assert time.monotonic() < deadline, self.said(name)
            time.sleep(0.05)
        return process

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def complete(self) -> list[str]:
        return sorted(path.parent.parent.name for path in self.store.glob(f"[a-z]*/*/{RECORD}"))

    def cached(self, name: str) -> dict[str, bool]:
        summary = json.loads((self.folder / f"{name}.json").read_text())
        return {artifact: entry["cached"] for artifact, entry in summary.items() if "cached" in entry}


def test_a_server_that_is_killed_and_started_again_costs_nothing(
    server: Server, tmp_path: Path, tiny_settings: list[str]
) -> None:
    study = Study(server, tmp_path, tiny_settings)
    process = study.train("run")
    server.kill()
    assert "model" not in study.complete(), "killed too late"
    time.sleep(3)
    server.start()
    assert process.wait(900) == 0, study.said("run")
    assert not any(study.cached("run").values())
    with temporary_settings({PREFECT_API_URL: server.address}), get_client(sync_client=True) as client:
        states = [run.state_name for run in client.read_flow_runs()]
    assert states == ["Completed"]
