"""The local copies of a remote store's artifacts on this machine: their size, and which can be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.artifact import is_artifact
from storage.remote.store import RemoteStore, copies_folder


@dataclass(frozen=True)
class LocalCopy:
    """One artifact's files here.

    size: bytes; used: when the newest of them was written (Unix time, s); state: what it is a copy of;
    resumable: whether a run would continue from these files, so that they stay.
    """

    artifact: str
    key: str
    size: int
    used: float
    state: str
    resumable: bool


def local_copies(store: RemoteStore) -> Iterator[LocalCopy]:
    """Every artifact of ``store`` with files on this machine, in order."""
    for folder in sorted(store.root.glob("*/*")):
        artifact, key = folder.parent.name, folder.name
        if not folder.is_dir() or not is_artifact(artifact, key):
            continue
        if store.is_complete(artifact, key):
            state, resumable = "complete in the store", False
        elif store.copy(artifact, key).is_ahead():
            state, resumable = "unfinished: the next run continues it", True
        else:
            state, resumable = "differs from the store", False
        yield LocalCopy(artifact, key, *_size_and_time(folder), state, resumable)


def space_taken() -> int:
    """Bytes of the local copies of every remote store that was used on this machine."""
    return _size_and_time(copies_folder())[0]


def _size_and_time(folder: Path) -> tuple[int, float]:
    """Bytes below ``folder``, and when the newest of it was written; what vanishes meanwhile counts as nothing."""
    size, newest = 0, 0.0
    for path in folder.rglob("*"):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if not path.is_dir():
            size, newest = size + status.st_size, max(newest, status.st_mtime)
    return size, newest
