"""What is left of a run that was killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from prefect import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.server import servers_of

MAIN = "from flows.cli import main; main()"
pytestmark = pytest.mark.faults
FACES = ["--set", "synthesize.count=4000", "--set", "synthesize.workers=1"]
FEW = ["--set", "synthesize.count=20", "--set", "synthesize.workers=1"]


def start(store: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", MAIN, "ingest", "--store", str(store), *FACES]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def registered_run(store: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        assert process.poll() is None
        names = [path.name for path in store.glob(".runs/[0-9a-f]*")]
        if names and list(store.glob("faces/*/img_align_celeba/*.jpg")):
            return names[0]
        time.sleep(0.1)
    raise AssertionError("the run did not start")


def test_a_killed_run_is_marked_as_crashed_by_the_next_one(prefect_server: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PREFECT_API_URL": prefect_server}
    process = start(tmp_path, environment)
    identifier = registered_run(tmp_path, process)
    process.kill()
    process.wait()
    (tmp_path / ".runs" / "stray").write_text("")
    command = [sys.executable, "-c", MAIN, "ingest", "--store", str(tmp_path), *FEW]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=200)
    with temporary_settings({PREFECT_API_URL: prefect_server}), get_client(sync_client=True) as client:
        state = client.read_flow_run(UUID(identifier)).state
    assert state is not None
    assert (state.type.value, state.message) == ("CRASHED", "The process of this run was killed.")
    assert [path.name for path in (tmp_path / ".runs").iterdir()] == ["stray"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_temporary_server_does_not_outlive_a_killed_run(tmp_path: Path) -> None:
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect")}
    environment.pop("PREFECT_API_URL", None)
    process = start(tmp_path / "store", environment)
    try:
        registered_run(tmp_path / "store", process)
        (server,) = servers_of(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{server}").exists():
        assert time.monotonic() < deadline, "the temporary server is still there"
        time.sleep(0.1)
