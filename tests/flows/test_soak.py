"""Many faults: a study killed at twenty random moments, and ten runs of the same study at once (make check-faults)."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from storage.record import RECORD
from tests.contents import content_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

SETTINGS = [
    "synthesize.count=300",
    "ingest.image_size=32",
    "train.latent_dim=8",
    "train.channels=[8,16]",
    "train.epochs=8",
    "train.batch_size=32",
    "train.precision=fp32",
    "train.memory_format=contiguous",
    "encode.chunk_images=32",
    "analyse.block_rows=16",
    "analyse.simulations=19",
    "analyse.normality_points=100",
    "sample.count=40",
    "sample.samplers=[uniform_component,multivariate_normal]",
    "assess.count=24",
    "assess.repeats=2",
    "assess.network.epochs=2",
    "assess.judge.count=500",
]
"""A study of the synthetic faces, every stage of it real and of several units of work."""
KILLS = 20
RUNS = 10
SEED = 20


class Study:
    """The command on one store, in processes of its own."""

    def __init__(self, api: str, store: Path) -> None:
        self.store = store
        settings = [part for setting in SETTINGS for part in ("--set", setting)]
        main = "from flows.cli import main; main()"
        self._command = [sys.executable, "-c", main, "run", "--json", "--store", str(store), *settings]
        self._environment = {**os.environ, "PREFECT_API_URL": api, "OMP_NUM_THREADS": "1"}

    def start(self, log: Path) -> "subprocess.Popen[bytes]":
        with open(log.with_suffix(".json"), "wb") as out, open(log, "wb") as said:
            return subprocess.Popen(
                self._command, env=self._environment, stdout=out, stderr=said, start_new_session=True
            )

    def complete(self, log: Path) -> float:
        """Run to the end; returns when the flow began (Unix time, s)."""
        process = self.start(log)
        self.wait_until_at_work(process)
        began = time.time()
        assert process.wait(1800) == 0, log.read_text()
        return began

    def finished(self) -> list[float]:
        """When each complete artifact was last made or taken from the cache (Unix time, s), in order."""
        return sorted(path.stat().st_mtime for path in self.store.glob(f"[a-z]*/*/{RECORD}"))

    def wait_until_at_work(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until the flow has begun: its run is in ``.runs``."""
        known = {path.name for path in self._runs()}
        deadline = time.monotonic() + 300
        while process.poll() is None and not {path.name for path in self._runs()} - known:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def _runs(self) -> list[Path]:
        return list(self.store.glob(".runs/[0-9a-f]*"))

    def kill(self, target: int, seconds: float, log: Path) -> bool:
        """Start, and SIGKILL so many seconds after the work began and ``target`` artifacts were complete.

        False if it had ended by itself.
        """
        process = self.start(log)
        try:
            self.wait_until_at_work(process)
            while len(self.finished()) < target and process.poll() is None:
                time.sleep(0.005)
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert process.returncode == 0, log.read_text()
        return False


def assert_same(made: dict[str, bytes], expected: dict[str, bytes]) -> None:
    assert set(made) == set(expected)
    assert [name for name in expected if made[name] != expected[name]] == []


@dataclass(frozen=True)
class Undisturbed:
    """What the study makes, and the seconds that pass before each artifact is complete, in order."""

    content: dict[str, bytes]
    spans: list[float]


@pytest.fixture(scope="module")
def undisturbed(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The study in a store of its own."""
    folder = tmp_path_factory.mktemp("undisturbed")
    study = Study(prefect_server, folder / "store")
    began = study.complete(folder / "log")
    spans = [end - start for start, end in pairwise([began, *study.finished()])]
    print(f"undisturbed: {len(spans)} artifacts in {sum(spans):.1f} s", flush=True)
    return Undisturbed(content_of(study.store), spans)


def test_twenty_kills_at_random_moments(prefect_server: str, undisturbed: Undisturbed, tmp_path: Path) -> None:
    """Every run is killed before the study is done, the next one continues it; the last is let end.

    A kill falls while a random artifact is made, after a random share of the time that this takes. The artifacts are
    drawn from a seed and put in order, so that all stages are met, and every kill meets a study at work.
    """
    study, moments = Study(prefect_server, tmp_path / "store"), random.Random(SEED)
    whole = len(undisturbed.spans)
    complete = [0]
    for kill, target in enumerate(sorted(moments.randrange(whole) for _ in range(KILLS)), 1):
        delay = undisturbed.spans[target] * moments.uniform(0, 0.9)
        assert study.kill(target, delay, tmp_path / f"kill-{kill}.log"), f"the study ended before kill {kill}"
        complete.append(len(study.finished()))
        print(f"kill {kill}, {delay:.1f} s after artifact {target}: {complete[-1]} complete", flush=True)
    assert complete == sorted(complete)
    assert whole / 2 < complete[-1] < whole, "the kills did not spread over the study"
    study.complete(tmp_path / "last.log")
    assert_same(content_of(study.store), undisturbed.content)


def test_ten_runs_at_once_compute_each_stage_once(
    prefect_server: str, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    study = Study(prefect_server, tmp_path / "store")
    logs = [tmp_path / f"run-{number}.log" for number in range(RUNS)]
    processes = [study.start(log) for log in logs]
    for process, log in zip(processes, logs, strict=True):
        assert process.wait(1800) == 0, log.read_text()
    made: dict[str, int] = {}
    for log in logs:
        summary = json.loads(log.with_suffix(".json").read_text())
        entries = {name: value for name, value in summary.items() if "cached" in value}
        for several in ("samples", "quality", "judged", "likelihoods"):
            entries |= {f"{several} {about}": entry for about, entry in summary[several].items()}
        for name, entry in entries.items():
            made[name] = made.get(name, 0) + (not entry["cached"])
    assert set(made.values()) == {1}, made
    assert len(made) == len(list(study.store.glob(f"[a-z]*/*/{RECORD}")))
    assert_same(content_of(study.store), undisturbed.content)
