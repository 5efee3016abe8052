"""The digests of a project's code, kept between processes: parsing all of it takes a second.

What a root reaches depends on nothing but the files of the project, and on how this version of Python parses them. So
it is kept under a digest of all of these, and any change of a file asks for it anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from storage.cache import cache_folder
from storage.files import write_bytes
from storage.keys.merkle import SUFFIXES, Code, ProjectCode

KEPT = 8
"""How many states of projects are kept, those that were written last."""


class KeptCode(ProjectCode):
    """The code of a project as its files were when this was made."""

    def __init__(self, root: Path, packages: tuple[str, ...]) -> None:
        super().__init__(root, packages)
        self._sources = dict(_sources(root / package for package in packages))
        self._path = cache_folder() / "code" / f"{self._state()}.json"
        self._known = _read(self._path)
        self._unwritten = False

    def of(self, roots: Sequence[str]) -> Code:
        """As known, or by parsing; ``keep`` then writes it down."""
        name = "\n".join(roots)
        if name not in self._known:
            self._known[name] = super().of(roots).as_json()
            self._unwritten = True
        return Code(**self._known[name])

    def keep(self) -> None:
        """Write down what was not known yet; a cache that cannot be written keeps nothing."""
        if not self._unwritten:
            return
        text = json.dumps(self._known, sort_keys=True).encode()
        with contextlib.suppress(OSError):
            write_bytes(self._path, _digest(text).encode() + b"\n" + text)
            states = sorted(self._path.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)
            for old in states[:-KEPT]:
                old.unlink(missing_ok=True)
        self._unwritten = False

    def _source(self, path: Path) -> bytes | None:
        return self._sources.get(path)

    def _state(self) -> str:
        """A digest of every file, by its place in the project."""
        files = sorted((path.relative_to(self._root).as_posix(), _digest(text)) for path, text in self._sources.items())
        return _digest(json.dumps([sys.version, self._packages, files]).encode())


def _sources(folders: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """Every file in ``folders`` that may count, and what is in it; broken links are no files."""
    for inside, _, names in (place for folder in folders for place in os.walk(folder)):
        for name in names:
            if name.endswith((".py", *SUFFIXES)):
                with contextlib.suppress(FileNotFoundError):
                    yield Path(inside, name), Path(inside, name).read_bytes()


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """What is kept in ``path``; nothing if it is absent or damaged."""
    try:
        digest, _, text = path.read_bytes().partition(b"\n")
    except OSError:
        return {}
    if digest.decode("ascii", "replace") != _digest(text):
        return {}
    kept: dict[str, dict[str, Any]] = json.loads(text)
    return kept


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
