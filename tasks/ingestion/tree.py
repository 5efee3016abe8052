"""A tree of files, in a folder or in a zip file."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tasks.ingestion.archive import ZipFiles
from tasks.ingestion.folder import FolderFiles


class Files(Protocol):
    """Files by name; ``read`` may be called from several threads at once."""

    @property
    def path(self) -> Path:
        """The folder or zip file that holds them."""

    @property
    def names(self) -> tuple[str, ...]:
        """Sorted names of all files."""

    @property
    def linked(self) -> tuple[str, ...]:
        """Sorted names of the links to folders, which are not followed."""

    @property
    def hidden(self) -> tuple[str, ...]:
        """Sorted names of the hidden folders, which are not read."""

    def location(self, name: str) -> str:
        """Where the file lies, for messages."""

    def read(self, name: str) -> bytes:
        """The file's bytes; raises ``UnreadableImageError`` with the reason."""

    def close(self) -> None:
        """Let go of what is held open."""


def open_files(path: Path) -> Files:
    """The files of a folder or zip file, whatever they are."""
    return FolderFiles(path) if path.is_dir() else ZipFiles(path)
