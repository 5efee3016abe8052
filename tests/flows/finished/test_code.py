"""A finished study after edits of the project's code, as a dry run sees it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storage.keys import PACKAGES, PROJECT

NEUTRAL = [
    (
        "tasks/training/train.py",
        'log.info("train: epoch %d of %d, validation MSE %.5f"',
        'log.info("epoch %d/%d: MSE %.5f"',
    ),
    ("tasks/training/train.py", "the {what} became {value} in epoch", "the {what} is {value} from epoch"),
    ("tasks/training/losses.py", '"""The loss of an epoch', '"""The epoch\'s loss'),
    ("tasks/training/config.py", "Components of a latent vector z.", "How many numbers z has."),
]


def dry_run(project: Path, store: Path, settings: list[str]) -> dict[str, bool]:
    """Of each step whether it comes from the cache, with the code in ``project``."""
    options = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-c", "from flows.cli import main; main()", "run", "--dry-run", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run(
        [*command, "--store", str(store), *options], cwd=project, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return {view["step"]: view["cached"] for view in json.loads(done.stdout)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_edits_of_words_and_moves_leave_everything_cached(
    finished_store: Path, copy: Path, tiny_settings: list[str]
) -> None:
    for path, old, new in NEUTRAL:
        rewrite(copy / path, old, new)
    (copy / "tasks" / "compute" / "devices.py").rename(copy / "storage" / "machine.py")
    for path in copy.rglob("*.py"):
        path.write_text(path.read_text().replace("from tasks.compute.devices import", "from storage.machine import"))
    cached = dry_run(copy, finished_store, tiny_settings)
    assert len(cached) > 10
    assert all(cached.values())


def test_another_activation_is_trained(finished_store: Path, copy: Path, tiny_settings: list[str]) -> None:
    rewrite(copy / "tasks" / "training" / "config.py", "activation=self.activation", 'activation="relu"')
    cached = dry_run(copy, finished_store, tiny_settings)
    assert {step for step, is_cached in cached.items() if is_cached} == {"synthesize", "ingest", "assess features"}
