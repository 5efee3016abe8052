"""The images that lie in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from tasks.errors import InputError
from tasks.ingestion.candidates import MAX_FILE_BYTES, UnreadableImageError, is_candidate


def _walk(folder: Path, prefix: str) -> list[str]:
    """Names, relative to the root, of all candidates below ``folder``; links to folders are not followed."""
    names: list[str] = []
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise InputError(f"{folder} cannot be listed ({error.strerror}); make it readable or move it away") from error
    for entry in entries:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                names += _walk(Path(entry.path), name + "/")
        elif is_candidate(name) and (entry.is_file() or _is_broken_link(entry)):
            names.append(name)
    return names


def _is_broken_link(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and not Path(entry.path).exists()


def _content(path: Path) -> bytes:
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


class FolderImages:
    """Image files below ``root``, by their relative POSIX path. May be read from several threads at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.names = tuple(sorted(_walk(root, "")))

    def read(self, name: str) -> bytes:
        """The bytes of one file.

        Raises ``UnreadableImageError`` if they may not or should not be read, ``InputError`` if the disk fails.
        """
        path = self._root / name
        try:
            return _content(path)
        except PermissionError as error:
            raise UnreadableImageError("no permission to read it") from error
        except OSError as error:
            if path.is_symlink():
                raise UnreadableImageError("a link that leads nowhere") from error
            raise InputError(f"{path} cannot be read ({error.strerror}); did the folder change meanwhile?") from error

    def close(self) -> None:
        """Nothing is held open."""
