"""What a user waits for between a change and its picture, beside the commit before it was worked on."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

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


LEVEL = ("--set", "sample.mahalanobis_shell.distance=[0.75,1.0,1.3]")


class Version:
    """The project as it is in the folder ``tree``, with a small study of its own in a store."""

    def __init__(self, tree: Path, folder: Path, server: Server) -> None:
        self._tree, self._folder, self._server = tree, folder, server
        (folder / "prefect").mkdir(parents=True, exist_ok=True)
        self._store = str(folder / "store")
        self._study = ("run", "--preset", "demo", "--store", self._store, *OPTIONS)

    def _run(self, code: str, *arguments: str, status: int = 0, **environment: str) -> None:
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, cwd=self._tree, env=self._environment(environment), capture_output=True)
        if done.returncode != status:
            raise RuntimeError(f"{arguments}: status {done.returncode}\n{done.stderr.decode()[-3000:]}")

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        own = {
            "PYTHONPATH": str(self._tree),
            "PREFECT_HOME": str(self._folder / "prefect"),
            "LATENTFACES_CACHE": str(self._folder / "cache"),
        }
        return {**os.environ, **QUIETLY, **own, **more}

    def _anew(self) -> None:
        """The whole study, from nothing."""
        shutil.rmtree(self._store, ignore_errors=True)
        self._run(COMMAND, *self._study)

    def _with_server(self) -> None:
        self._run(COMMAND, *self._study, PREFECT_API_URL=self._server.address())

    def _first_report(self) -> None:
        """As on a machine that has drawn none yet."""
        cache = self._folder / "empty-cache"
        shutil.rmtree(cache, ignore_errors=True)
        self._run(REPORT, self._store, str(self._folder / "report"), LATENTFACES_CACHE=str(cache))

    def _explore(self) -> None:
        """Until the page is there. The process is killed then: how it ends is no part of what one waits for."""
        command = [sys.executable, "-c", COMMAND, "explore", "--store", self._store, "--no-open", "--port", "0"]
        process = subprocess.Popen(
            command,
            cwd=self._tree,
            env=self._environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        try:
            urlopen(process.stdout.readline().strip()).read()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def commands(self) -> dict[str, Callable[[], None]]:
        """What is timed, by its name; the study comes first, as all others need it."""
        faces = ("generate", "--sampler", "uniform_component", "--store", self._store)
        nowhere = ("run", "--store", self._store, "--data", str(self._folder / "nowhere"))
        return {
            "small study": self._anew,
            "all cached": partial(self._run, COMMAND, *self._study),
            "all cached, with a server": self._with_server,
            "dry run": partial(self._run, COMMAND, *self._study, "--dry-run"),
            "wrong setting": partial(self._run, COMMAND, *self._study, "--set", "train.epoch=3", status=1),
            "absent folder": partial(self._run, COMMAND, *nowhere, status=1),
            "open_study": partial(self._run, OPEN, self._store),
            "explore until ready": self._explore,
            "generate": partial(self._run, COMMAND, *faces, "--out", str(self._folder / "faces")),
            "first report": self._first_report,
            "report, made again": partial(self._run, REPORT, self._store, str(self._folder / "report")),
            "one level changed": partial(self._run, COMMAND, *self._study, *LEVEL),
        }


class Server:
    """A Prefect server of its own in ``home``, started when its address is first asked for."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""

    def address(self) -> str:
        """Of its API, once it answers there."""
        if self._process is None:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            self._address = f"http://127.0.0.1:{port}/api"
            self._home.mkdir(parents=True, exist_ok=True)
            command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
            environment = {**os.environ, **QUIETLY, "PREFECT_HOME": str(self._home)}
            quiet = subprocess.DEVNULL
            self._process = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
            self._wait()
        return self._address

    def _wait(self, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                urlopen(f"{self._address}/health").read()
            except URLError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
            else:
                return

    def end(self) -> None:
        """Stop it, if it was started."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)


def prepare(folder: Path) -> Contest:
    tree, server = folder / "tree-before", Server(folder / "server")
    if not tree.exists():
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(ROOT), str(tree)], check=True)
        subprocess.run(["git", "checkout", "--quiet", BEFORE], cwd=tree, check=True)
    server.address()
    ours, before = (
        Version(project, folder / name, server).commands()
        for project, name in ((ROOT, "loop-ours"), (tree, "loop-before"))
    )
    # One after the other, so that drift falls on both.
    pairs = [((name, ours[name]), (_before(name), before[name])) for name in ours]
    return Contest(dict(itertools.chain.from_iterable(pairs)), close=server.end)


def _before(name: str) -> str:
    return f"{name}, before"


GOALS = {
    "all cached": 4.0,
    "all cached, with a server": 1 / 0.6,
    "dry run": 2.5,
    "wrong setting": 2.5,
    "absent folder": 2.5,
    "open_study": 2.5,
    "explore until ready": 2.5,
    "generate": 2.5,
    "first report": 1 / 0.3,
    "report, made again": 1 / 0.3,
    "one level changed": 2.5,
}

ROW = Row(
    "the user's loop",
    "a small study with every sampler; each from the start of its process to its end",
    prepare,
    (
        *(Goal(_before(name), speed, name) for name, speed in GOALS.items()),
        Goal(_before("small study"), 1.0, "small study", memory=0.8),
    ),
    turns=0,
    commands=True,
    remark=f"before: commit {BEFORE} and a study of its own; no Prefect server is configured unless said",
)
