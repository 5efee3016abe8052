"""The explorer as a command: a process of its own, its address, its end."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli.commands import app

MAIN = "from flows.cli import main; main()"


@pytest.fixture(scope="module")
def address(finished_store: Path) -> Iterator[str]:
    command = [sys.executable, "-c", MAIN, "explore", "--store", str(finished_store), "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0


def ask(address: str, path: str, **headers: str) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, headers=headers), timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_it_says_where_it_is_and_answers_there(address: str) -> None:
    assert address.startswith("http://127.0.0.1:")
    status, study = ask(address, "api/study")
    assert (status, study["image_size"], study["components"]) == (200, 32, 8)
    assert study["attributes"]


def test_another_host_is_refused(address: str) -> None:
    assert ask(address, "api/study", Host="faces.example.com")[0] == 421


def test_a_port_that_is_taken_ends_with_one_clear_line(
    address: str, finished_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = address.rstrip("/").rsplit(":", 1)[1]
    with pytest.raises(SystemExit) as ended:
        app(["explore", "--store", str(finished_store), "--port", port, "--no-open"])
    assert ended.value.code == 1
    assert f"port {port} cannot be served" in capsys.readouterr().err


def test_a_store_without_a_study_ends_with_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["explore", "--no-open"], ["export", "--out", str(tmp_path / "out")]):
        with pytest.raises(SystemExit) as ended:
            app([*command, "--store", str(tmp_path)])
        assert ended.value.code == 1
        assert "has no finished study" in capsys.readouterr().err


def test_export_writes_a_model_card(answering_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["export", "--store", str(answering_store), "--out", str(tmp_path / "out"), "--no-onnx"])
    assert ended.value.code == 0
    card = Path(capsys.readouterr().out.strip())
    assert card == tmp_path / "out" / "README.md"
    about = json.loads((card.parent / "sampler.json").read_text())
    assert f"`{about['sampler']}`" in card.read_text()
