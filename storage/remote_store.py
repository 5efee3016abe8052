"""A store behind a URL: the same artifacts and records, worked on in local copies of their folders."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.cache import cache_folder
from storage.durable import listening
from storage.leases import LeaseLocks, confirm
from storage.locks import FileLocks, Locks
from storage.remote import Remote, open_remote
from storage.store import (
    IDENTITY,
    RECORD,
    Delivery,
    Store,
    StoredFile,
    StoreFailure,
    Told,
    check_path,
    check_place,
    is_place,
    no_word,
)
from storage.working_copy import LAST, STATE, WorkingCopy

log = logging.getLogger("latentfaces")

SHARE_OF_TIME = 0.2
"""How much of the time, at most, unfinished work is being sent."""


@dataclass(frozen=True)
class RemoteStore(Store):
    """``root`` holds the local copies; what is there, and what is complete, the remote alone says."""

    remote: Remote

    @property
    def location(self) -> str:
        """Its URL."""
        return self.remote.url

    def where(self, artifact: str, key: str) -> str:
        """The artifact's URL."""
        check_place(artifact, key)
        return f"{self.remote.url}/{artifact}/{key}"

    def is_complete(self, artifact: str, key: str) -> bool:
        """Whether the artifact's record, which is written last, is there."""
        check_place(artifact, key)
        return self.remote.exists(f"{artifact}/{key}/{RECORD}")

    def finished_at(self, artifact: str, key: str) -> float:
        """When the artifact's record was written, by the store's clock."""
        check_place(artifact, key)
        return self.remote.modified(f"{artifact}/{key}/{RECORD}")

    def identity(self, artifact: str, key: str) -> dict[str, Any] | None:
        """What the artifact was made from, or None if that was never written."""
        check_place(artifact, key)
        try:
            identity: dict[str, Any] = json.loads(self.read(f"{artifact}/{key}/{IDENTITY}"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            place = self.where(artifact, key)
            raise ValueError(f"{place}/{IDENTITY} is not valid JSON ({error}); delete {place} to redo it") from error
        return identity

    def entries(self, artifact: str | None = None) -> Iterator[tuple[str, str]]:
        """Every (artifact, key) folder in the remote store, finished or not, in order."""
        for name in [artifact] if artifact else self.remote.folders():
            for key in self.remote.folders(name):
                if is_place(name, key):
                    yield name, key

    def files(self, artifact: str, key: str) -> Iterator[StoredFile]:
        """Every file of the artifact in the remote store, finished or not, in order; all as old as its record."""
        try:
            modified = self.finished_at(artifact, key)
        except FileNotFoundError:
            modified = 0.0
        for path, entry in sorted(self.remote.listing(f"{artifact}/{key}").items()):
            yield StoredFile(path, entry.size, modified)

    def touch(self, artifact: str, key: str) -> None:
        """Nothing: a remote record keeps the time at which it was written."""

    def forget(self, artifact: str, key: str) -> None:
        """Delete the artifact, its record first, and its local copy."""
        self.copy(artifact, key).forget()

    def discard(self, artifact: str, key: str, name: str) -> None:
        """Delete one file of the artifact, and of its local copy."""
        self.copy(artifact, key).discard(name)

    def read(self, path: str) -> bytes:
        """A small file of the remote store."""
        return self.remote.read(check_path(path))[0]

    def write(self, path: str, content: bytes) -> None:
        """Write a small file, whole or not at all; a record only while no other run has taken its artifact over."""
        confirm(self.remote.url, check_path(path))
        self.remote.write(path, content)

    def brought(self, artifact: str, key: str, told: Told = no_word) -> Path:
        """Bring what is not here yet of the finished artifact, compared with the checksums in its record."""
        copy = self.copy(artifact, key)
        locks, held = FileLocks(self.root / ".locks"), f"fetching {artifact}/{key}"
        locks.acquire_lock(held, "bring")
        try:
            return copy.bring(told)
        finally:
            locks.release_lock(held, "bring")

    @contextmanager
    def working(self, artifact: str, key: str, told: Told = no_word) -> Iterator[Delivery]:
        """Continue from what the remote holds, send what becomes durable meanwhile, and everything at the end."""
        copy, delivery = self.copy(artifact, key), Delivery()
        copy.resume(told)
        sender = _Sender(copy, self.remote.url)
        with listening(copy.folder, sender.wake):
            try:
                yield delivery
            finally:
                sender.stop()
        confirm(self.remote.url, f"{artifact}/{key}/{RECORD}")
        files = copy.send(told)
        delivery.facts["files"] = {path: list(file) for path, file in files.items() if path not in (*STATE, *LAST)}

    def check(self) -> None:
        """Reach the store, and note its layout."""
        self.remote.check()
        super().check()

    def check_presence(self) -> None:
        """Nothing: whatever reads or writes a remote store that has vanished says so itself."""

    def locks(self) -> Locks:
        """Leases where the store can do conditional writes; elsewhere this machine's runs wait for each other only."""
        if self.remote.conditional:
            return LeaseLocks(self.remote)
        log.warning(
            "%s: this kind of store has no conditional writes, so runs on different machines do not see each other: "
            "run one study at a time on it (s3:// has them)",
            self.remote.url,
        )
        return FileLocks(self.root / ".locks")

    def copy(self, artifact: str, key: str) -> WorkingCopy:
        """The artifact's files on this machine."""
        check_place(artifact, key)
        return WorkingCopy(self.remote, self.root, f"{artifact}/{key}")


class _Sender:
    """Sends unfinished work from a thread of its own, so that the stage goes on."""

    def __init__(self, copy: WorkingCopy, url: str) -> None:
        self._copy, self._url = copy, url
        self._news, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._send_until_ended, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to send."""
        self._news.set()

    def stop(self) -> None:
        """Finish what is being sent."""
        self._ended.set()
        self._news.set()
        self._thread.join()

    def _send_until_ended(self) -> None:
        warned = False
        while self._news.wait() and not self._ended.is_set():
            self._news.clear()
            began = time.monotonic()
            try:
                self._copy.send(no_word)
                warned = False
            except (StoreFailure, OSError) as error:
                self._news.set()  # again after the pause; at the end it must succeed
                if not warned:
                    log.warning("%s. Going on meanwhile", error)
                warned = True
            self._ended.wait((time.monotonic() - began) * (1 / SHARE_OF_TIME - 1))


def remote_store(url: str) -> RemoteStore:
    """The store at ``url``, its local copies in a folder of its own below the cache folder."""
    remote = open_remote(url)
    endpoint = getattr(remote, "endpoint", None) or ""
    name = hashlib.blake2b(f"{endpoint} {remote.url}".encode(), digest_size=8).hexdigest()
    return RemoteStore(copies_folder() / name, remote)


def copies_folder() -> Path:
    """Where the local copies of all remote stores are, a folder for each."""
    return cache_folder() / "stores"
