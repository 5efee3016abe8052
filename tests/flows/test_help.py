"""Brackets and colons are text wherever this program prints: in help, errors, logs and progress."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from flows.cli.commands import app
from storage.keys import PROJECT

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
BRACKETS = "[batch, none] [bold]x[/bold] [/] file:100: [link=y]"


def words(text: str) -> list[str]:
    return text.replace("\b", "").split()


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_shows_every_word(name: str) -> None:
    command: click.Command = COMMANDS[name]
    shown = CliRunner().invoke(app, [name, "--help"], terminal_width=100)
    assert shown.exit_code == 0
    said = " ".join(words(shown.stdout))
    assert command.help
    for text in [command.help, *(getattr(parameter, "help", None) or "" for parameter in command.params)]:
        assert " ".join(words(text)) in said


def test_the_comparisons_example_is_whole_and_keeps_its_lines() -> None:
    shown = CliRunner().invoke(app, ["compare", "--help"]).stdout
    assert "      train.normalisation: [batch, none]\n      train.seed: [0, 1] " in shown


def test_the_list_of_commands_shows_whole_sentences() -> None:
    shown = " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())
    for name, command in COMMANDS.items():
        assert f"{name} {' '.join(words(command.help.partition('.')[0]))}." in shown


def test_errors_show_what_was_given(tmp_path: Path) -> None:
    file = tmp_path / "[bold]x[i].yaml"
    done = CliRunner().invoke(app, ["run", "--config", str(file), "--store", str(tmp_path)])
    assert f"the configuration {file} cannot be read" in done.stderr
    file.write_text("train: {channels: '[/]'}", encoding="utf-8")
    done = CliRunner().invoke(app, ["run", "--config", str(file), "--store", str(tmp_path)])
    assert "train.channels: " in done.stderr
    assert "'[/]'" in done.stderr


@pytest.mark.parametrize("command", ["ls", "gc"])
def test_a_store_with_brackets_in_its_name(tmp_path: Path, command: str) -> None:
    store = tmp_path / "[red]:100:[/]"
    done = CliRunner().invoke(app, [command, "--store", str(store)])
    assert done.exit_code == 0
    if command == "ls":
        assert str(store) in done.stderr.replace("\n", "")


SHOWN = """
import logging, sys, time
from flows.console import configure_logging, console, progress_shown
from tasks.compute.progress import progress_of
configure_logging(debug=False)
console.width = 200
logging.getLogger("latentfaces").info("log %s", sys.argv[1])
with progress_shown():
    progress_of(f"stage {sys.argv[1]}")(1, 2, f"note {sys.argv[1]}")
    time.sleep(0.5)  # it is drawn ten times a second
"""


@pytest.mark.parametrize("terminal", ["0", "1"])
def test_log_lines_and_progress(terminal: str) -> None:
    environment = {**os.environ, "TTY_COMPATIBLE": terminal, "TERM": "xterm", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", SHOWN, BRACKETS]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    for what in ("log", "stage", "note") if terminal == "1" else ("log",):
        assert f"{what} {BRACKETS}" in plain
