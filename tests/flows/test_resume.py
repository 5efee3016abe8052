"""SIGKILL in every stage of a study, and the same command again: it continues, and ends with the same bytes."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from storage.record import RECORD
from tasks.synthesis.synthesize import synthesize
from tests.contents import content_of

pytestmark = [pytest.mark.resume, pytest.mark.timeout(1800)]

SETTINGS = [
    "ingest.image_size=64",
    "train.latent_dim=16",
    "train.channels=[8,16,32]",
    "train.epochs=4",
    "train.precision=fp32",
    "train.memory_format=contiguous",
    "encode.chunk_images=256",
    "analyse.block_rows=128",
    "sample.count=300",
    "sample.samplers=[uniform_component,multivariate_normal]",
    "assess.count=60",
    "assess.network.epochs=3",
    "assess.judge.count=500",
]
STAGES = {
    "dataset": ("journal.txt", r"ingest: continuing, (\d+) of (\d+) chunks kept, (\d+) to do"),
    "model": ("checkpoint.safetensors", r"train: continuing, (\d+) of (\d+) epochs kept, (\d+) to do"),
    "latents": ("journal.txt", r"encode: continuing, (\d+) of (\d+) chunks kept, (\d+) to do"),
    "statistics": ("journal.txt", r"analyse: continuing, (\d+) of (\d+) units of work kept, (\d+) to do"),
    "samples": ("journal.txt", r"sample \w+: continuing, (\d+) of (\d+) levels kept, (\d+) to do"),
    "features": ("checkpoint.safetensors", r"assess features: continuing, (\d+) of (\d+) epochs kept, (\d+) to do"),
    "quality": ("journal.txt", r"assess \w+: continuing, (\d+) of (\d+) levels kept, (\d+) to do"),
}
"""For each artifact the file that shows a finished unit, and the line that the resumed run must log."""


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faces")
    synthesize(folder, 2000, 5)
    return folder


class Study:
    """The command, in a process group of its own."""

    def __init__(self, api: str, data: Path, store: Path) -> None:
        self.store = store
        settings = [part for setting in SETTINGS for part in ("--set", setting)]
        main = "from flows.cli import main; main()"
        self._command = [sys.executable, "-c", main, "run", "--data", str(data), "--store", str(store), *settings]
        self._environment = {**os.environ, "PREFECT_API_URL": api}

    def complete(self) -> str:
        done = subprocess.run(self._command, env=self._environment, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def kill_in(self, artifact: str) -> str:
        """Start, and SIGKILL as soon as the artifact has a finished unit; returns what was logged until then."""
        log = self.store.parent / f"{artifact}.log"
        with open(log, "wb") as file:
            process = subprocess.Popen(
                self._command, env=self._environment, stderr=file, stdout=file, start_new_session=True
            )
            try:
                deadline = time.monotonic() + 600
                while not self._has_finished_unit(artifact):
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.001)
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return log.read_text()

    def _has_finished_unit(self, artifact: str) -> bool:
        marker = STAGES[artifact][0]
        return any(path.stat().st_size > 0 for path in self.store.glob(f"{artifact}/*/{marker}"))


def test_killed_in_every_stage_and_resumed(prefect_server: str, faces: Path, tmp_path: Path) -> None:
    undisturbed = Study(prefect_server, faces, tmp_path / "undisturbed")
    undisturbed.complete()
    study = Study(prefect_server, faces, tmp_path / "killed")
    resumed = []
    for artifact in STAGES:
        resumed.append(study.kill_in(artifact))
        assert not all((folder / RECORD).exists() for folder in study.store.glob(f"{artifact}/*")), "killed too late"
    resumed.append(study.complete())
    for (artifact, (_, line)), log in zip(STAGES.items(), resumed[1:], strict=True):
        found = re.search(line, log)
        assert found, f"{artifact}: nothing of what was done before the kill was kept\n{log}"
        kept, total, left = map(int, found.groups())
        assert kept >= 1
        assert kept + left == total
    expected, made = content_of(undisturbed.store), content_of(study.store)
    assert set(made) == set(expected)
    assert [name for name in expected if made[name] != expected[name]] == []
