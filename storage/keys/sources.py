"""The files in which code lies, each read once."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from storage.keys.merkle import digest
from storage.keys.module import Module

SUFFIXES = (".css", ".html", ".js")
"""Files beside modules that count where a root says so."""


class Sources:
    """The files below ``root``, by their paths from there with slashes between."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._read: dict[str, bytes | None] = {}

    def read(self, path: str) -> bytes | None:
        """The content of a file, None if there is none; always the same."""
        if path not in self._read:
            try:
                with open(f"{self._root}/{path}", "rb") as file:
                    self._read[path] = file.read()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                self._read[path] = None
        return self._read[path]

    def module_file(self, name: str) -> str | None:
        """The file of the module called ``name``."""
        place = name.replace(".", "/")
        return next((path for path in (f"{place}.py", f"{place}/__init__.py") if self.read(path) is not None), None)

    def module(self, name: str, packages: tuple[str, ...]) -> Module | None:
        """The module called ``name`` of a project of ``packages``, None if there is none."""
        path = self.module_file(name)
        text = self.read(path) if path else None
        if path is None or text is None:
            return None
        package = name if path.endswith("/__init__.py") else name.rpartition(".")[0]
        return _module(name, package, text, packages)

    def is_folder(self, path: str) -> bool:
        """Whether ``path`` is a folder."""
        return Path(self._root, path).is_dir()

    def modules(self, folder: str) -> list[str]:
        """The names of the modules and packages directly in ``folder``, in order."""
        place = Path(self._root, folder)
        stems = {path.name.removesuffix(".py") for path in place.iterdir()} - {"__init__"} if place.is_dir() else set()
        return sorted(stem for stem in stems if self.module_file(f"{folder}/{stem}".replace("/", ".")))

    def below(self, folder: str, suffixes: tuple[str, ...]) -> dict[str, bytes]:
        """The content of all files anywhere below ``folder`` that end in ``suffixes``, by their paths there."""
        found: dict[str, bytes] = {}
        for place, folders, names in os.walk(f"{self._root}/{folder}"):
            folders.sort()
            inside = place[len(self._root) + len(folder) + 2 :]
            for name in sorted(names):
                if name.endswith(suffixes):
                    path = f"{inside}/{name}" if inside else name
                    content = self.read(f"{folder}/{path}")
                    if content is not None:
                        found[path] = content
        return found

    def state(self, packages: tuple[str, ...]) -> str:
        """A digest of all code of ``packages``, names and formatting and all."""
        parts: list[bytes] = []
        for package in packages:
            for path, content in self.below(package, (".py", *SUFFIXES)).items():
                parts += [f"{package}/{path}".encode(), content]
        return digest(*parts).hex()


@lru_cache(maxsize=4096)
def _module(name: str, package: str, text: bytes, packages: tuple[str, ...]) -> Module:
    return Module(name, package, text.decode("utf-8"), f"{name}.py", packages)
