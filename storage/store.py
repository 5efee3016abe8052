"""The store: one folder per artifact, complete when its record is there."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.files import read_json
from storage.layout import check_layout, note_layout

RECORD = "record.json"
IDENTITY = "config.json"
_KEY = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[a-z][a-z_]*")


class StoreFailure(BaseException):
    """The store cannot be read or written, or holds what cannot be trusted.

    Not an ``Exception``: Prefect takes any of those, raised by its result storage, for an absent result,
    or drops it and calls the run completed.
    """


@dataclass(frozen=True)
class Reference:
    """One finished artifact: what flows between stages instead of data.

    ``facts``: the few JSON values that its stage returned.
    """

    artifact: str
    key: str
    path: Path
    facts: dict[str, Any]


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

    def folder(self, artifact: str, key: str) -> Path:
        """Where the artifact lies or will lie. Raises ``ValueError`` for a name or key of the wrong form."""
        if not _NAME.fullmatch(artifact) or not _KEY.fullmatch(key):
            raise ValueError(f"not an artifact and a key: {artifact!r}, {key!r}")
        return self.root / artifact / key

    def is_complete(self, artifact: str, key: str) -> bool:
        """Whether the artifact's record, which is written last, is there."""
        return (self.folder(artifact, key) / RECORD).is_file()

    def reference(self, artifact: str, key: str) -> Reference:
        """The finished artifact. Raises ``StoreFailure`` if its record is missing or damaged."""
        folder = self.folder(artifact, key)
        try:
            facts = read_record((folder / RECORD).read_bytes())["result"]["facts"]
        except OSError as error:
            raise StoreFailure(f"{folder / RECORD} cannot be read: {error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreFailure(f"{folder / RECORD} is damaged ({error}); delete {folder} to redo it") from error
        return Reference(artifact, key, folder, facts)

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
            if folder.is_dir() and _NAME.fullmatch(folder.parent.name) and _KEY.fullmatch(folder.name):
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
    """The store at a local path or ``file://`` URL, which may not be there yet.

    Raises ``ValueError`` for other URLs, and for a store of another layout.
    """
    text = without_credentials(str(location))
    if text.startswith("file://"):
        text = text.removeprefix("file://")
    if "://" in text:
        raise ValueError(f"the store {text} is not a local folder: give a path or a file:// URL")
    root = Path(text).expanduser().resolve()
    check_layout(root)
    return Store(root)


def open_store(location: str | Path) -> Store:
    """As ``find_store``; its folder is made if it is not there. ``ValueError`` if it cannot be made."""
    store = find_store(location)
    try:
        store.root.mkdir(parents=True, exist_ok=True)
        note_layout(store.root)
    except OSError as error:
        raise ValueError(f"the store {store.root} cannot be made: {error}") from error
    return store
