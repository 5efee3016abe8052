"""A study on an S3 endpoint that is killed, deprived of its endpoint, or run twice at once (make check-remote)."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.store import RECORD
from tests.contents import VARIES, without_place
from tests.endpoint import KEY_ID, SECRET, Endpoint, running_endpoint

pytestmark = [pytest.mark.remote, pytest.mark.timeout(1800)]

MAIN = "from flows.cli import main; main()"


class Study:
    """The command with the tiny study's settings, in a process group of its own."""

    def __init__(self, endpoint: Endpoint, api: str, folder: Path, settings: list[str], store: str) -> None:
        self.endpoint, self.folder, self.cache = endpoint, folder, folder / "cache"
        chosen = [part for setting in [*settings, "train.epochs=8"] for part in ("--set", setting)]
        self._command = [sys.executable, "-c", MAIN, "run", "--preset", "demo", "--store", store, "--json", *chosen]
        self._started: list[subprocess.Popen[str]] = []
        self._environment = {**os.environ, **endpoint.environment, "PREFECT_API_URL": api}

    def start(self, name: str, cache: Path | None = None) -> "subprocess.Popen[str]":
        environment = {**self._environment, "LATENTFACES_CACHE": str(cache or self.cache)}
        with open(self.folder / f"{name}.out", "w") as out, open(self.folder / f"{name}.err", "w") as err:
            process = subprocess.Popen(
                self._command, env=environment, stdout=out, stderr=err, text=True, start_new_session=True
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        """Leave nothing running, whatever failed."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.err").read_text()

    def cached(self, name: str) -> dict[str, bool]:
        summary = json.loads((self.folder / f"{name}.out").read_text())
        flat = {}
        for artifact, entry in summary.items():
            parts = {artifact: entry} if "key" in entry else {f"{artifact} {about}": e for about, e in entry.items()}
            flat |= {one: part["cached"] for one, part in parts.items()}
        return flat

    def complete(self, name: str) -> None:
        process = self.start(name)
        assert process.wait(900) == 0, self.said(name)

    def until(self, process: "subprocess.Popen[str]", name: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 600
        while not reached():
            assert process.poll() is None, self.said(name)
            assert time.monotonic() < deadline, self.said(name)
            time.sleep(0.02)

    def has_checkpoint(self) -> bool:
        return any(name.endswith("/checkpoint.safetensors") for name in self.endpoint.names("studies"))

    def objects(self) -> dict[str, bytes]:
        return self.endpoint.contents("studies")


def results(files: dict[str, bytes], place: str) -> dict[str, bytes]:
    return {
        name: without_place(name, content, place) for name, content in files.items() if Path(name).name not in VARIES
    }


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as started:
        started.bucket("studies")
        yield started


@pytest.fixture
def study(endpoint: Endpoint, prefect_server: str, tmp_path: Path, tiny_settings: list[str]) -> Iterator[Study]:
    made = Study(endpoint, prefect_server, tmp_path, tiny_settings, "s3://studies/p")
    try:
        yield made
    finally:
        made.end()
    for log in tmp_path.glob("*.err"):
        assert SECRET not in log.read_text()
        assert KEY_ID not in log.read_text()


def test_killed_and_resumed_without_the_local_copies(
    study: Study, prefect_server: str, tmp_path: Path, tiny_settings: list[str]
) -> None:
    (tmp_path / "undisturbed").mkdir()
    undisturbed = Study(
        study.endpoint, prefect_server, tmp_path / "undisturbed", tiny_settings, str(tmp_path / "local")
    )
    undisturbed.complete("run")
    process = study.start("killed")
    study.until(process, "killed", lambda: study.has_checkpoint())
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not any(re.fullmatch(rf"p/model/\w+/{RECORD}", name) for name in study.objects())
    shutil.rmtree(study.cache)
    study.complete("resumed")
    found = re.search(r"train: continuing, (\d+) of 8 epochs kept", study.said("resumed"))
    assert found, study.said("resumed")
    assert int(found.group(1)) >= 1
    assert study.cached("resumed")["dataset"]
    place = tmp_path / "local"
    found_here = (path for path in (*place.glob("[a-z]*/**/*"), place / "layout.json") if path.is_file())
    local = results({path.relative_to(place).as_posix(): path.read_bytes() for path in found_here}, str(place))
    remote = results({name.removeprefix("p/"): content for name, content in study.objects().items()}, "s3://studies/p")
    assert set(remote) == set(local)
    assert [name for name in remote if remote[name] != local[name]] == []


def test_an_endpoint_that_vanishes_and_comes_back(study: Study) -> None:
    """The server is killed, and started again later with what was in it."""
    process = study.start("left")
    study.until(process, "left", lambda: study.has_checkpoint())
    os.killpg(process.pid, signal.SIGSTOP)
    before = study.objects()
    study.endpoint.stop()
    os.killpg(process.pid, signal.SIGCONT)
    assert process.wait(600) != 0
    lines = study.said("left").strip().splitlines()
    assert re.search(
        r"^latentfaces: the store s3://studies/p cannot be reached at .* same command continues$", lines[-1]
    )
    assert "Traceback" not in study.said("left")
    study.endpoint.start()
    study.endpoint.bucket("studies")
    client = study.endpoint.client()
    for name, content in before.items():
        client.put_object(Bucket="studies", Key=name, Body=content)
    study.complete("back")
    cached = study.cached("back")
    assert cached["faces"]
    assert cached["dataset"]
    assert not cached["report"]


def test_two_at_once_on_two_machines_compute_each_artifact_once(study: Study) -> None:
    """Two machines: two folders of local copies, which share nothing but the bucket."""
    processes = [study.start(name, study.folder / f"cache {name}") for name in ("one", "two")]
    assert [process.wait(900) for process in processes] == [0, 0], study.said("one") + study.said("two")
    one, two = study.cached("one"), study.cached("two")
    assert set(one) == set(two)
    assert [name for name in one if one[name] == two[name]] == []
    assert not any(name.startswith("p/.leases/") for name in study.objects())
