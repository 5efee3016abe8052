"""The files that lie in a folder."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from tasks.ingestion.candidates import MAX_FILE_BYTES, UnreadableImageError
from tasks.stage.errors import InputError


class FolderFiles:
    """Files below ``root``, by their relative POSIX path. May be read from several threads at once."""

    def __init__(self, root: Path) -> None:
        self.path = root
        self._prefix = os.path.join(root, "")  # noqa: PTH118 (a name is put to it in a tenth of a Path's time)

    @cached_property
    def _listing(self) -> _Listing:
        listing = _Listing([], [], [])
        _walk(self.path, "", listing)
        for names in listing:
            names.sort()
        return listing

    @property
    def names(self) -> tuple[str, ...]:
        """Sorted names of all files that are not hidden; links that lead nowhere are among them."""
        return tuple(self._listing.names)

    @property
    def linked(self) -> tuple[str, ...]:
        """Sorted names of the links to folders, which are not followed."""
        return tuple(self._listing.linked)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Sorted names of the hidden folders, which are not read."""
        return tuple(self._listing.hidden)

    def location(self, name: str) -> str:
        """Where the file lies, for messages."""
        return str(self.path / name)

    def read(self, name: str) -> bytes:
        """The bytes of one file.

        Raises ``UnreadableImageError`` if they may not or should not be read, ``InputError`` if the disk fails.
        """
        try:
            return _content(self._prefix + name)
        except PermissionError as error:
            raise UnreadableImageError("no permission to read it") from error
        except OSError as error:
            path = self.path / name
            if path.is_symlink():
                raise UnreadableImageError("a link that leads nowhere") from error
            raise InputError(
                f"{path} cannot be read ({error.strerror}); did the folder change during the run?"
            ) from error

    def close(self) -> None:
        """Nothing is held open."""


class _Listing(NamedTuple):
    names: list[str]
    linked: list[str]
    hidden: list[str]


def _walk(folder: Path, prefix: str, listing: _Listing) -> None:
    """Add what lies below ``folder``, by its path relative to the root."""
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise InputError(f"{folder} cannot be listed ({error.strerror}); make it readable or move it away") from error
    for entry in entries:
        name, hidden = prefix + entry.name, entry.name.startswith(".")
        if entry.is_dir(follow_symlinks=False):
            if hidden:
                listing.hidden.append(name)
            else:
                _walk(Path(entry.path), name + "/", listing)
        elif hidden:
            continue
        elif _is_broken_link(entry) or entry.is_file():
            listing.names.append(name)
        elif entry.is_dir():
            listing.linked.append(name)


def _is_broken_link(entry: os.DirEntry[str]) -> bool:
    """Whether it is a link that leads nowhere, or round in a circle."""
    return entry.is_symlink() and not os.path.exists(entry.path)  # noqa: PTH110 (which is False for a circle)


def _content(path: str) -> bytes:
    """The bytes of a file, in as few calls of the system as there can be: at each, threads wait for Python's lock."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        if size > MAX_FILE_BYTES:
            raise UnreadableImageError(f"larger than {MAX_FILE_BYTES // 2**20} MiB")
        content = os.read(descriptor, size)
        while len(content) < size and (more := os.read(descriptor, size - len(content))):
            content += more
        return content
    finally:
        os.close(descriptor)
