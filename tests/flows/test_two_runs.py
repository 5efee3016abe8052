"""Two runs of one study at once: the second says that it waits, and of nothing that it was interrupted."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.config import study_config
from flows.outlook import outlook
from flows.study_plan import plan_study
from storage.artifact import IDENTITY
from storage.files import write_json
from storage.keys import PROJECT
from storage.locks import FileLocks
from storage.opening import open_store
from storage.store import LocalStore

MAIN = "from flows.cli import main; main()"
WAITS = "another run is computing it; this one would wait"
GOES_ON = "continues an interrupted run"


class Runs:
    """The command on one store, in processes of its own."""

    def __init__(self, api: str, folder: Path, settings: list[str]) -> None:
        arguments = [part for setting in settings for part in ("--set", setting)]
        self.store = folder / "store"
        self._folder = folder
        self._command = [sys.executable, "-c", MAIN, "encode", "--store", str(self.store), *arguments]
        self._environment = {**os.environ, "PREFECT_API_URL": api, "PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"}
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> "subprocess.Popen[bytes]":
        with open(self._folder / name, "wb") as log:
            process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def log(self, name: str) -> str:
        return (self._folder / name).read_text()

    def outlook(self) -> dict[str, str]:
        command = [*self._command, "--dry-run", "--json"]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)
        return {step["step"]: step["reason"] for step in json.loads(done.stdout)}

    def wait_for(self, text: str, name: str) -> None:
        deadline = time.monotonic() + 300
        while text not in self.log(name):
            assert time.monotonic() < deadline, self.log(name)
            assert self.processes[-1].poll() is None, self.log(name)
            time.sleep(0.1)


@pytest.fixture
def runs(prefect_server: str, tmp_path: Path, tiny_settings: list[str]) -> Iterator[Runs]:
    made = Runs(prefect_server, tmp_path, [*tiny_settings, "train.epochs=10000"])
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


@pytest.mark.faults
def test_the_second_waits_and_goes_on_where_the_first_is_killed(runs: Runs) -> None:
    first = runs.start("first")
    runs.wait_for("train: epoch 1 of", "first")
    assert runs.outlook() == {
        "synthesize": "complete in the store",
        "ingest": "complete in the store",
        "train": WAITS,
        "encode": "not in the store yet",
    }
    runs.start("second")
    runs.wait_for("; waiting", "second")
    said = runs.log("second")
    assert "another run is computing model/" in said
    assert "interrupted" not in said
    assert "train:" not in said
    first.kill()
    first.wait()
    runs.wait_for("train: epoch", "second")
    for process in runs.processes:
        process.kill()
        process.wait()
    assert runs.outlook()["train"] == GOES_ON


def test_a_dry_run_looks_and_writes_nothing(tmp_path: Path, tiny_settings: list[str]) -> None:
    store, plan = LocalStore(tmp_path), plan_study(study_config("demo", None, tiny_settings), None)
    step = plan.steps[0]
    write_json(store.folder(step.artifact, step.key) / IDENTITY, step.identity)
    before = sorted(tmp_path.rglob("*"))
    assert next(outlook(plan, store, [])).reason == GOES_ON
    assert sorted(tmp_path.rglob("*")) == before
    locks = store.locks()
    locks.acquire_lock(step.record, "other")
    view = next(outlook(plan, store, []))
    assert (view.reason, view.locked, view.cached) == (WAITS, True, False)
    assert next(outlook(plan, store, [step.stage])).reason == "refresh requested"


def test_on_a_remote_store(bucket: str, tiny_settings: list[str]) -> None:
    store, plan = open_store(f"s3://{bucket}/store"), plan_study(study_config("demo", None, tiny_settings), None)
    step = plan.steps[0]
    store.write(f"{step.artifact}/{step.key}/{IDENTITY}", json.dumps(step.identity).encode())
    locks = store.locks()
    assert not isinstance(locks, FileLocks)
    locks.acquire_lock(step.record, "other")
    try:
        assert next(outlook(plan, store, [])).reason == WAITS
    finally:
        locks.release_all()
    assert next(outlook(plan, store, [])).reason == GOES_ON
