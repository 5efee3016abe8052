"""A study that is complete in its store, run again where no Prefect server is configured."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cached import cached_summary
from flows.config import study_config
from flows.study_plan import plan_study
from storage.failure import StoreFailed
from storage.opening import find_store
from storage.record import RECORD
from tests.flows.finished.conftest import FinishedRun

MAIN = """
import sys
from flows.cli import main
try:
    main()
finally:
    print(*sorted({"matplotlib", "prefect", "torch", "zarr"} & {*sys.modules}), file=sys.stderr)
"""


def run(store: Path, settings: list[str], home: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    chosen = [part for setting in settings for part in ("--set", setting)]
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"}
    environment["PREFECT_HOME"] = str(home)
    command = [sys.executable, "-c", MAIN, *more, "--store", str(store), *chosen]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def test_it_says_the_same_and_neither_starts_nor_imports_prefect(
    finished_run: FinishedRun, tiny_settings: list[str], tmp_path: Path
) -> None:
    again = run(finished_run.store, tiny_settings, tmp_path / "home", "run")
    assert again.stdout == finished_run.said.stdout
    first = finished_run.said.stderr.splitlines()
    steps = [line[9:].split(":")[0] for line in first if line.endswith(": not in the store yet")]
    *said, last, imported = again.stderr.split("\n")
    assert len(steps) > 10
    assert [line[9:] for line in said] == [f"{step}: cached" for step in steps]
    assert (last, imported) == ("The report: ", "")
    assert not (tmp_path / "home").exists()


def test_a_stage_as_json(finished_store: Path, tiny_settings: list[str], tmp_path: Path) -> None:
    done = run(finished_store, tiny_settings, tmp_path / "home", "encode", "--json")
    summary = json.loads(done.stdout)
    assert list(summary) == ["faces", "dataset", "model", "latents"]
    assert all(entry["cached"] and Path(entry["path"], RECORD).is_file() for entry in summary.values())
    assert "temporary Prefect server" not in done.stderr


def test_what_must_be_computed_is_no_matter_of_the_cache(
    finished_store: Path, tiny_settings: list[str], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    shutil.copytree(finished_store, store)
    plan = plan_study(study_config("demo", None, tiny_settings), None)
    records = {step.name: store / step.record for step in plan.steps}
    for path in records.values():
        os.utime(path, (1, 1))
    summary = cached_summary(plan, find_store(store), [])
    assert summary is not None
    assert summary["report"]["cached"]
    assert all(path.stat().st_mtime > 1 for path in records.values())  # used just now, as gc sees it
    assert cached_summary(plan, find_store(store), ["report"]) is None
    assert cached_summary(plan, find_store(tmp_path / "none"), []) is None
    records["encode"].write_text("{")
    with pytest.raises(StoreFailed, match=f"latents/.*{RECORD} is damaged"):
        cached_summary(plan, find_store(store), [])
    records["encode"].unlink()
    assert cached_summary(plan, find_store(store), []) is None
