"""Small projects whose code is digested: files by their paths, and what counts of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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
