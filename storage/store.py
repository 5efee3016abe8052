"""The protocol of a store, and the local store: a folder per artifact, complete when it has a record."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from storage.artifact import IDENTITY, ArtifactId, Reference, StoredFile, artifact_path, is_artifact
from storage.failure import StoreFailed
from storage.files import read_json, write_bytes
from storage.layout import MARKER, check_layout, layout_note
from storage.locks import FileLocks, Locks
from storage.record import RECORD, read_record

Progress = Callable[[int, int, str], None]
"""Called with the files done, their total, and a note on the bytes."""


def no_progress(done: int, total: int, note: str) -> None:
    """Report nothing."""


class Store(Protocol):
    """Artifacts in ``<artifact>/<key>/`` folders; ``root`` is the folder on this machine in which they are worked on.

    A name or key of the wrong form raises ``ValueError``. A store that cannot be read or written raises
    ``StoreFailed``, a local one ``OSError``.
    """

    root: Path

    @property
    def location(self) -> str:
        """The path or URL that ``find_store`` takes."""

    def is_complete(self, artifact: str, key: str) -> bool:
        """Whether the artifact's record, which is written last, is there."""

    def completed_at(self, artifact: str, key: str) -> float:
        """When the artifact's record was written, in seconds since 1970."""

    def identity(self, artifact: str, key: str) -> dict[str, Any] | None:
        """What the artifact was made from, or None if that was never written."""

    def artifacts(self, artifact: str | None = None) -> Iterator[ArtifactId]:
        """Name and key of every artifact, or of those named ``artifact``, finished or not, in order."""

    def files(self, artifact: str, key: str) -> Iterator[StoredFile]:
        """Every file of the artifact, finished or not, in order."""

    def touch(self, artifact: str, key: str) -> None:
        """Note that the finished artifact was used just now, in the time of its record."""

    def delete(self, artifact: str, key: str) -> None:
        """Delete the artifact, its record first, so that a crash in between leaves nothing that looks complete."""

    def delete_file(self, artifact: str, key: str, name: str) -> None:
        """Delete one file of the artifact; it may be absent."""

    def read(self, path: str) -> bytes:
        """The small file ``path`` of the store. Raises ``FileNotFoundError``, or ``StoreFailed`` for a path outside."""

    def write(self, path: str, content: bytes) -> None:
        """Write the small file ``path``, whole or not at all. Raises as ``read``."""

    def fetch(self, artifact: str, key: str, progress: Progress = no_progress) -> Path:
        """The folder of the finished artifact on this machine; a remote store downloads what is missing there."""

    def writing(
        self, artifact: str, key: str, progress: Progress = no_progress
    ) -> AbstractContextManager[dict[str, Any]]:
        """While inside, the artifact is made in its folder on this machine, which holds the work done so far.

        After the block, if there was no error, everything but the record is in the store; the dictionary then holds
        what the record must contain besides the facts.
        """

    def check_presence(self) -> None:
        """Raise ``StoreFailed`` if the store that ``check`` found is gone: the folder was removed or unmounted."""

    def locks(self) -> Locks:
        """The locks that all runs on this store share."""

    def folder(self, artifact: str, key: str) -> Path:
        """Where the artifact lies, or will lie, on this machine."""
        return self.root / artifact_path(artifact, key)

    def artifact_location(self, artifact: str, key: str) -> str:
        """The artifact's path or URL, for people and other programs."""
        return f"{self.location}/{artifact_path(artifact, key)}"

    def reference(self, artifact: str, key: str) -> Reference:
        """The finished artifact. Raises ``StoreFailed`` if its record is missing or damaged."""
        location = self.artifact_location(artifact, key)
        try:
            facts = read_record(self.read(f"{artifact}/{key}/{RECORD}"))["result"]["facts"]
        except OSError as error:
            raise StoreFailed(f"cannot read {location}/{RECORD}: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreFailed(f"{location}/{RECORD} is damaged ({error}); delete {location} to redo it") from error
        return Reference(artifact, key, self.folder(artifact, key), facts)

    def check(self) -> None:
        """Reach the store, and note its layout. Raises ``StoreFailed``, or ``ValueError`` for another layout."""
        if not self.has_layout():
            self.write(MARKER, layout_note())

    def has_layout(self) -> bool:
        """Whether the store notes its layout. Raises ``ValueError`` if that is not this program's."""
        try:
            content = self.read(MARKER)
        except (FileNotFoundError, NotADirectoryError):
            return False
        check_layout(content, self.location)
        return True


@dataclass(frozen=True)
class LocalStore(Store):
    """A folder that holds ``<artifact>/<key>/`` folders."""

    root: Path

    @property
    def location(self) -> str:
        """Its path."""
        return str(self.root)

    def is_complete(self, artifact: str, key: str) -> bool:
        """Whether the record is a file."""
        return (self.folder(artifact, key) / RECORD).is_file()

    def completed_at(self, artifact: str, key: str) -> float:
        """By the file system's clock, or when the artifact was last used."""
        return (self.folder(artifact, key) / RECORD).stat().st_mtime

    def identity(self, artifact: str, key: str) -> dict[str, Any] | None:
        """Read from the artifact's folder."""
        path = self.folder(artifact, key) / IDENTITY
        if not path.is_file():
            return None
        identity: dict[str, Any] = read_json(path)
        return identity

    def artifacts(self, artifact: str | None = None) -> Iterator[ArtifactId]:
        """By the names of the folders."""
        for folder in sorted(self.root.glob(f"{artifact or '*'}/*")):
            if folder.is_dir() and is_artifact(folder.parent.name, folder.name):
                yield folder.parent.name, folder.name

    def files(self, artifact: str, key: str) -> Iterator[StoredFile]:
        """Files that vanish meanwhile are skipped."""
        folder = self.folder(artifact, key)
        for path in sorted(folder.rglob("*")):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                yield StoredFile(path.relative_to(folder).as_posix(), status.st_size, status.st_mtime)

    def touch(self, artifact: str, key: str) -> None:
        """Set the record's time."""
        with contextlib.suppress(OSError):
            os.utime(self.folder(artifact, key) / RECORD)

    def delete(self, artifact: str, key: str) -> None:
        """Delete the record, then the folder."""
        folder = self.folder(artifact, key)
        (folder / RECORD).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)

    def delete_file(self, artifact: str, key: str, name: str) -> None:
        """Delete it from the artifact's folder."""
        (self.folder(artifact, key) / name).unlink(missing_ok=True)

    def read(self, path: str) -> bytes:
        """Read below the root."""
        return (self.root / inside_store(path)).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        """Write below the root."""
        write_bytes(self.root / inside_store(path), content)

    def fetch(self, artifact: str, key: str, progress: Progress = no_progress) -> Path:
        """Already there."""
        return self.folder(artifact, key)

    @contextmanager
    def writing(self, artifact: str, key: str, progress: Progress = no_progress) -> Iterator[dict[str, Any]]:
        """The artifact is made in place."""
        yield {}

    def check_presence(self) -> None:
        """Look for the layout's marker."""
        try:
            reason = "" if self.has_layout() else f"{MARKER} is missing: was the folder removed or unmounted?"
        except (OSError, ValueError) as error:
            reason = str(error)
        if reason:
            raise StoreFailed(
                f"the store {self.location} disappeared during the run ({reason}); restore it and run again: finished "
                "artifacts in it are kept"
            )

    def locks(self) -> Locks:
        """By ``flock``, in a folder of the store."""
        return FileLocks(self.root / ".locks")


def inside_store(path: str) -> str:
    """``path`` itself. Raises ``StoreFailed`` if it leads out of the store."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise StoreFailed(f"{path!r} is not a path inside the store")
    return path
