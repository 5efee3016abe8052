"""The store: one folder per artifact, complete when its record is there."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from storage.files import read_json, write_bytes
from storage.layout import MARKER, check_layout, layout_note
from storage.locks import FileLocks, Locks
from storage.names import check_name

RECORD = "record.json"
IDENTITY = "config.json"
_KEY = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[a-z][a-z_]*")


class StoreFailure(BaseException):
    """The store cannot be read or written, or holds what cannot be trusted.

    Not an ``Exception``: Prefect takes any of those, raised by its result storage, for an absent result,
    or drops it and calls the run completed.
    """


Told = Callable[[int, int, str], None]
"""Called with the files done, their total, and a note on the bytes."""


def no_word(done: int, total: int, note: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Reference:
    """One finished artifact: what flows between stages instead of data.

    ``path``: its folder, or that of its local copy; ``facts``: the few JSON values that its stage returned.
    """

    artifact: str
    key: str
    path: Path
    facts: dict[str, Any]


class Delivery:
    """What an artifact's files became once they were delivered to the store, for its record; nothing for a disk."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}


@dataclass(frozen=True)
class StoredFile:
    """A file of an artifact: its path inside the artifact's folder, bytes, and when it was written (Unix time, s)."""

    path: str
    size: int
    modified: float


@dataclass(frozen=True)
class Store:
    """A folder that holds ``<artifact>/<key>/`` folders."""

    root: Path

    @property
    def location(self) -> str:
        """What ``find_store`` finds it by."""
        return str(self.root)

    def folder(self, artifact: str, key: str) -> Path:
        """Where the artifact lies or will lie. Raises ``ValueError`` for a name or key of the wrong form."""
        check_place(artifact, key)
        return self.root / artifact / key

    def where(self, artifact: str, key: str) -> str:
        """The artifact's path or URL, for people and other programs."""
        return str(self.folder(artifact, key))

    def is_complete(self, artifact: str, key: str) -> bool:
        """Whether the artifact's record, which is written last, is there."""
        return (self.folder(artifact, key) / RECORD).is_file()

    def finished_at(self, artifact: str, key: str) -> float:
        """When the artifact's record was written, in seconds since 1970."""
        return (self.folder(artifact, key) / RECORD).stat().st_mtime

    def reference(self, artifact: str, key: str) -> Reference:
        """The finished artifact. Raises ``StoreFailure`` if its record is missing or damaged."""
        place = self.where(artifact, key)
        try:
            facts = read_record(self.read(f"{artifact}/{key}/{RECORD}"))["result"]["facts"]
        except OSError as error:
            raise StoreFailure(f"{place}/{RECORD} cannot be read: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreFailure(f"{place}/{RECORD} is damaged ({error}); delete {place} to redo it") from error
        return Reference(artifact, key, self.folder(artifact, key), facts)

    def identity(self, artifact: str, key: str) -> dict[str, Any] | None:
        """What the artifact was made from, or None if that was never written."""
        path = self.folder(artifact, key) / IDENTITY
        if not path.is_file():
            return None
        identity: dict[str, Any] = read_json(path)
        return identity

    def entries(self, artifact: str | None = None) -> Iterator[tuple[str, str]]:
        """Every (artifact, key) folder in the store, finished or not, in order."""
        pattern = f"{artifact}/*" if artifact else "*/*"
        for folder in sorted(self.root.glob(pattern)):
            if folder.is_dir() and is_place(folder.parent.name, folder.name):
                yield folder.parent.name, folder.name

    def files(self, artifact: str, key: str) -> Iterator[StoredFile]:
        """Every file of the artifact, finished or not, in order; those that vanish meanwhile are passed over."""
        folder = self.folder(artifact, key)
        for path in sorted(folder.rglob("*")):
            try:
                facts = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                yield StoredFile(path.relative_to(folder).as_posix(), facts.st_size, facts.st_mtime)

    def touch(self, artifact: str, key: str) -> None:
        """Note that the finished artifact was used just now: it is as new as its record."""
        with contextlib.suppress(OSError):
            os.utime(self.folder(artifact, key) / RECORD)

    def forget(self, artifact: str, key: str) -> None:
        """Delete the artifact, its record first, so that a crash in between leaves nothing that looks complete."""
        folder = self.folder(artifact, key)
        (folder / RECORD).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)

    def discard(self, artifact: str, key: str, name: str) -> None:
        """Delete one file of the artifact; it may be absent."""
        (self.folder(artifact, key) / name).unlink(missing_ok=True)

    def read(self, path: str) -> bytes:
        """The small file ``path`` of the store. Raises ``OSError``, ``StoreFailure`` if it would lie outside."""
        return (self.root / check_path(path)).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        """Write the small file ``path``, whole or not at all. Raises as ``read``."""
        write_bytes(self.root / check_path(path), content)

    def brought(self, artifact: str, key: str, told: Told = no_word) -> Path:
        """The folder of the finished artifact on this machine; a remote store brings it, and tells how far it is."""
        return self.folder(artifact, key)

    @contextmanager
    def working(self, artifact: str, key: str, told: Told = no_word) -> Iterator[Delivery]:
        """While inside, the artifact is made in its folder on this machine, which holds what is done of it so far.

        At the end without an error all of it but the record is in the store; then the delivery says what the
        record must hold beside the facts.
        """
        yield Delivery()

    def check(self) -> None:
        """Reach the store, and note its layout. Raises ``StoreFailure``, or ``ValueError`` for another layout."""
        if not self.has_layout():
            self.write(MARKER, layout_note())

    def has_layout(self) -> bool:
        """Whether the store notes its layout. Raises ``ValueError`` if that is not this program's."""
        try:
            noted = self.read(MARKER)
        except (FileNotFoundError, NotADirectoryError):
            return False
        check_layout(noted, self.location)
        return True

    def check_presence(self) -> None:
        """Raise ``StoreFailure`` if what ``check`` found is gone: the folder was removed, or unmounted."""
        try:
            reason = "" if self.has_layout() else f"it has no {MARKER} any more: was it removed, or unmounted?"
        except (OSError, ValueError) as error:
            reason = str(error)
        if reason:
            raise StoreFailure(
                f"the store {self.location} has vanished while a study was at work ({reason}): bring it back and run "
                "again; what is finished there is kept"
            )

    def locks(self) -> Locks:
        """Who computes what: the locks of all runs on this store."""
        return FileLocks(self.root / ".locks")


def is_place(artifact: str, key: str) -> bool:
    """Whether the two have the form of an artifact's name and a key."""
    return bool(_NAME.fullmatch(artifact) and _KEY.fullmatch(key))


def check_place(artifact: str, key: str) -> None:
    """Raise ``ValueError`` for a name or key of the wrong form."""
    if not is_place(artifact, key):
        raise ValueError(f"not an artifact and a key: {artifact!r}, {key!r}")


def check_path(path: str) -> str:
    """``path`` if it stays inside the store; ``StoreFailure`` if not."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise StoreFailure(f"{path!r} is not a path inside the store")
    return path


def read_record(content: bytes) -> dict[str, Any]:
    """Parse and vet a record: Prefect would import and call what a foreign record names as its serializer.

    Returns ``{"metadata": …, "result": …}`` with the result decoded. Raises ``ValueError`` if the record was
    not written by this project.
    """
    record = json.loads(content)
    if not isinstance(record, dict) or set(record) != {"metadata", "result"}:
        raise ValueError("not a record")
    if record["metadata"].get("serializer") != PLAIN_JSON:
        raise ValueError("the record names a serializer that is not this project's")
    result = json.loads(record["result"])
    if not isinstance(result, dict):
        raise ValueError("the record holds no result")
    return {"metadata": record["metadata"], "result": result}


PLAIN_JSON: dict[str, Any] = {
    "type": "json",
    "jsonlib": "json",
    "object_encoder": None,
    "object_decoder": None,
    "dumps_kwargs": {},
    "loads_kwargs": {},
}
"""The serializer's own description in a record: JSON that names no class and calls no code."""


def without_credentials(location: str) -> str:
    """``location`` itself. Raises ``ValueError`` if it carries a user name or password, without repeating them."""
    if re.match(r"\w[\w+.\-]*://[^/]*@", location):
        raise ValueError(
            "the store's URL holds a user name or password, which would end in logs and in the server's database: "
            "leave it out and set the credentials in the environment"
        )
    return location


def find_store(location: str | Path) -> Store:
    """The store at a local path or a URL, which may not be there yet; nothing is written.

    Raises ``ValueError`` for a URL that holds credentials, or of a kind that is not known or not installed, for a file,
    and for a local store of another layout.
    """
    text = without_credentials(str(location))
    if text.startswith("file://"):
        text = text.removeprefix("file://")
    if "://" in text:
        from storage.remote_store import remote_store

        return remote_store(text)
    store = Store(Path(text).expanduser().resolve())
    check_name(str(store.root), "the store")
    if store.root.exists() and not store.root.is_dir():
        raise ValueError(f"the store {store.root} is a file: a store is a folder, or a URL such as s3://bucket/name")
    store.has_layout()
    return store


def open_store(location: str | Path) -> Store:
    """As ``find_store``; a folder is made if it is not there, a remote store is reached.

    Raises ``ValueError`` if it cannot be made, ``StoreFailure`` if it cannot be reached.
    """
    store = find_store(location)
    try:
        store.root.mkdir(parents=True, exist_ok=True)
        store.check()
    except OSError as error:
        raise ValueError(f"the store {store.root} cannot be made or written to: {error}") from error
    return store
