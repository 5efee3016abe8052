"""What a user waits for between a change and its picture, beside the commit before it was worked on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.contest import Contest, Goal, Row
from benchmarks.processes import QUIETLY, ROOT
from benchmarks.rows.cached import OPTIONS

BEFORE = "20dfb7d"
"""The commit."""

COMMAND = "from flows.cli import main; main()"
OPEN = """
import sys
from flows.notebook import open_study
study = open_study(sys.argv[1])
print(study, study.draw("uniform_component", 8).shape)
"""
REPORT = """
import sys
from pathlib import Path
from flows.finished import newest_study
from storage.opening import find_store
from tasks.reporting.config import ReportConfig
from tasks.reporting.report import write_report
write_report(newest_study(find_store(sys.argv[1])), ReportConfig(), Path(sys.argv[2]), sys.argv[1])
"""


class Version:
    """The project as it is in the folder ``tree``, with a small study of its own in a store."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self._tree, self._folder = tree, folder
        (folder / "prefect").mkdir(parents=True, exist_ok=True)
        self._store = str(folder / "store")
        self._study = ("run", "--preset", "demo", "--store", self._store, *OPTIONS)
        self._run(COMMAND, *self._study)

    def _run(self, code: str, *arguments: str, status: int = 0) -> None:
        own = {"PYTHONPATH": str(self._tree), "PREFECT_HOME": str(self._folder / "prefect")}
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, cwd=self._tree, env={**os.environ, **QUIETLY, **own}, capture_output=True)
        if done.returncode != status:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)

    def commands(self) -> dict[str, Callable[[], None]]:
        """What is timed, by its name."""
        faces = ("generate", "--sampler", "uniform_component", "--store", self._store)
        return {
            "all cached": partial(self._run, COMMAND, *self._study),
            "dry run": partial(self._run, COMMAND, *self._study, "--dry-run"),
            "wrong setting": partial(self._run, COMMAND, *self._study, "--set", "train.epoch=3", status=1),
            "open_study": partial(self._run, OPEN, self._store),
            "generate": partial(self._run, COMMAND, *faces, "--out", str(self._folder / "faces")),
            "report, made again": partial(self._run, REPORT, self._store, str(self._folder / "report")),
        }


def prepare(folder: Path) -> Contest:
    tree = folder / "tree-before"
    if not tree.exists():
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(ROOT), str(tree)], check=True)
        subprocess.run(["git", "checkout", "--quiet", BEFORE], cwd=tree, check=True)
    ours, before = Version(ROOT, folder / "loop-ours").commands(), Version(tree, folder / "loop-before").commands()
    return Contest({**ours, **{_before(name): work for name, work in before.items()}})


def _before(name: str) -> str:
    return f"{name}, before"


GOALS = {
    "all cached": 4.0,
    "dry run": 2.5,
    "wrong setting": 2.5,
    "open_study": 2.5,
    "generate": 2.5,
    "report, made again": 3.3,
}

ROW = Row(
    "the user's loop",
    "a small study with every sampler; each from the start of its process to its end",
    prepare,
    tuple(Goal(_before(name), speed, name) for name, speed in GOALS.items()),
    turns=3,
    commands=True,
    remark=f"before: commit {BEFORE} and a study of its own; no Prefect server is configured",
)
