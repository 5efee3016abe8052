"""The digests of a project's code, kept between processes: parsing all of it takes a second.

What a root reaches depends on nothing but the files of the project, and on how this version of Python parses them. So
it is kept under a digest of all of these, and any change of a file asks for it anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from storage.kept import digest, keep, read_kept
from storage.keys.merkle import SUFFIXES, Code, ProjectCode

SUBJECT = "code"
MOST = 4 * 2**20
"""Bytes that are kept: some thirty states of projects such as this one."""


class KeptCode(ProjectCode):
    """The code of a project as its files were when this was made."""

    def __init__(self, root: Path, packages: tuple[str, ...]) -> None:
        super().__init__(root, packages)
        self._sources = dict(_sources(root / package for package in packages))
        files = sorted((path.relative_to(root).as_posix(), digest(text)) for path, text in self._sources.items())
        self._key = digest(json.dumps([sys.version, packages, files]).encode())
        self._known: dict[str, dict[str, Any]] = json.loads(read_kept(SUBJECT, self._key) or "{}")
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
        if self._unwritten:
            keep(SUBJECT, self._key, json.dumps(self._known, sort_keys=True).encode(), MOST)
        self._unwritten = False

    def _source(self, path: Path) -> bytes | None:
        return self._sources.get(path)


def _sources(folders: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """Every file in ``folders`` that may count, and what is in it; broken links are no files."""
    for inside, _, names in (place for folder in folders for place in os.walk(folder)):
        for name in names:
            if name.endswith((".py", *SUFFIXES)):
                with contextlib.suppress(FileNotFoundError):
                    yield Path(inside, name), Path(inside, name).read_bytes()
