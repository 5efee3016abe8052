"""Small projects whose code is digested: files by their paths, and what counts of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from storage.keys import Code
from storage.keys.program import Program
from storage.keys.sources import Sources

ROOT = "tasks.main:run"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write ``files`` into ``folder``."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def code(folder: Path, *roots: str) -> Code:
    """What counts of the project in ``folder`` for ``tasks.main:run``, or for ``roots``."""
    return Program(Sources(folder), ("flows", "tasks", "storage")).code(roots or (ROOT,))


def digest(tmp_path: Path, files: Mapping[str, str] | str, *roots: str) -> str:
    """The digest of a project made of ``files``, or of ``tasks/main.py`` alone, in a folder of its own."""
    named = {"tasks/main.py": files} if isinstance(files, str) else files
    folder = tmp_path / f"project_{len(list(tmp_path.iterdir()))}"
    return code(write(folder, named), *roots).digest


class Case(NamedTuple):
    """A project before and after an edit."""

    name: str
    before: dict[str, str]
    after: dict[str, str]


def cases(file: str) -> list[Case]:
    """The cases in a file beside this one.

    Each begins with ``== name``; files with ``@ path``, and those of the edited project follow ``->``: all of them, or
    after ``=>`` those that the edit changes.
    """
    found = []
    for text in (Path(__file__).with_name(file)).read_text().split("\n== ")[1:]:
        name, _, files = text.partition("\n")
        all_new = "\n->\n" in files
        before, after = (_files(part) for part in f"\n{files}".split("\n->\n" if all_new else "\n=>\n"))
        found.append(Case(name, before, after if all_new else {**before, **after}))
    return found


def _files(text: str) -> dict[str, str]:
    parts = (part.partition("\n") for part in f"\n{text}".split("\n@ ")[1:])
    return {path: f"{content.rstrip()}\n" for path, _, content in parts}
