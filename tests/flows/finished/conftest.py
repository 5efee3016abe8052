"""The tiny study, run once by the command line: pytest-xdist gives this folder's tests to one of its processes."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.assessment.tables import JUDGED, read_draws
from tests.judged import write_judged

MAIN = "from flows.cli import main; main()"


@dataclass(frozen=True)
class FinishedRun:
    """``latentfaces run`` as a process of its own: where it wrote, and what it said."""

    store: Path
    said: "subprocess.CompletedProcess[str]"


@pytest.fixture(scope="session")
def finished_run(
    prefect_server: str, tmp_path_factory: pytest.TempPathFactory, tiny_settings: list[str]
) -> FinishedRun:
    """The tiny study, run once for all tests that only read what came of it."""
    store = tmp_path_factory.mktemp("finished") / "artifacts"
    settings = [part for setting in tiny_settings for part in ("--set", setting)]
    command = [sys.executable, "-c", MAIN, "run", "--store", str(store), *settings]
    environment = {**os.environ, "PREFECT_API_URL": prefect_server}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400)
    assert said.returncode == 0, said.stderr
    return FinishedRun(store, said)


@pytest.fixture(scope="session")
def answering_store(
    finished_run: FinishedRun, prefect_server: str, tmp_path_factory: pytest.TempPathFactory, tiny_settings: list[str]
) -> Path:
    """The tiny study as if its images had been enough and its faces good: judged so by hand, and reported again."""
    store = tmp_path_factory.mktemp("answering") / "artifacts"
    shutil.copytree(finished_run.store, store)
    (scores,) = (store / "scores").iterdir()
    labels = {(row.sampler, row.label): None for row in read_draws(scores / JUDGED)}
    write_judged(scores, {key: (1.0 + place, 0.05, 0.02) for place, key in enumerate(labels)})
    settings = [part for setting in tiny_settings for part in ("--set", setting)]
    command = [sys.executable, "-c", MAIN, "run", "--store", str(store), "--refresh", "report", *settings]
    environment = {**os.environ, "PREFECT_API_URL": prefect_server}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400)
    assert said.returncode == 0, said.stderr
    return store


@pytest.fixture(scope="session")
def finished_store(finished_run: FinishedRun) -> Path:
    """A store with the tiny study."""
    return finished_run.store
