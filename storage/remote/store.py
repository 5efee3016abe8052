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

from storage.artifact import IDENTITY, ArtifactId, StoredFile, artifact_path, is_artifact
from storage.cache import cache_folder
from storage.durable import listening
from storage.failure import StoreFailed
from storage.locks import FileLocks, Locks
from storage.record import RECORD
from storage.remote.leases import LeaseLocks, confirm
from storage.remote.objects import ObjectStore
from storage.remote.working_copy import LAST, STATE, WorkingCopy
from storage.store import Progress, Store, inside_store, no_progress

log = logging.getLogger("latentfaces")

SHARE_OF_TIME = 0.2
"""How much of the time, at most, unfinished work is being uploaded."""


@dataclass(frozen=True)
class RemoteStore(Store):
    """``root`` holds the local copies; only ``objects`` decides what exists and what is complete."""

    root: Path
    objects: ObjectStore

    @property
    def location(self) -> str:
        """Its URL."""
        return self.objects.url

    def is_complete(self, artifact: str, key: str) -> bool:
        """One request."""
        return self.objects.exists(f"{artifact_path(artifact, key)}/{RECORD}")

    def completed_at(self, artifact: str, key: str) -> float:
        """By the store's clock."""
        return self.objects.modified(f"{artifact_path(artifact, key)}/{RECORD}")

    def identity(self, artifact: str, key: str) -> dict[str, Any] | None:
        """Read from the bucket."""
        location = self.artifact_location(artifact, key)
        try:
            identity: dict[str, Any] = json.loads(self.read(f"{artifact}/{key}/{IDENTITY}"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise ValueError(
                f"{location}/{IDENTITY} is not valid JSON ({error}); delete {location} to redo it"
            ) from error
        return identity

    def artifacts(self, artifact: str | None = None) -> Iterator[ArtifactId]:
        """Those in the bucket."""
        for name in [artifact] if artifact else self.objects.folders():
            for key in self.objects.folders(name):
                if is_artifact(name, key):
                    yield name, key

    def files(self, artifact: str, key: str) -> Iterator[StoredFile]:
        """Those in the bucket, all as old as the record."""
        try:
            modified = self.completed_at(artifact, key)
        except FileNotFoundError:
            modified = 0.0
        for path, info in sorted(self.objects.files(f"{artifact}/{key}").items()):
            yield StoredFile(path, info.size, modified)

    def touch(self, artifact: str, key: str) -> None:
        """Nothing: a remote record keeps the time at which it was written."""

    def delete(self, artifact: str, key: str) -> None:
        """From the bucket, and the local copy."""
        self.copy(artifact, key).delete()

    def delete_file(self, artifact: str, key: str, name: str) -> None:
        """From the bucket, and from the local copy."""
        self.copy(artifact, key).delete_file(name)

    def read(self, path: str) -> bytes:
        """From the bucket."""
        return self.objects.read(inside_store(path))[0]

    def write(self, path: str, content: bytes) -> None:
        """To the bucket; a record only while no other run has taken its artifact over."""
        confirm(self.objects.url, inside_store(path))
        self.objects.write(path, content)

    def fetch(self, artifact: str, key: str, progress: Progress = no_progress) -> Path:
        """Download what is not here yet, compared with the checksums in the record."""
        copy = self.copy(artifact, key)
        locks, name = FileLocks(self.root / ".locks"), f"fetching {artifact}/{key}"
        locks.acquire_lock(name, "fetch")
        try:
            return copy.fetch(progress)
        finally:
            locks.release_lock(name, "fetch")

    @contextmanager
    def writing(self, artifact: str, key: str, progress: Progress = no_progress) -> Iterator[dict[str, Any]]:
        """Continue from what the bucket holds, upload what becomes durable meanwhile, and everything at the end."""
        copy, in_record = self.copy(artifact, key), dict[str, Any]()
        copy.resume(progress)
        uploader = _Uploader(copy)
        with listening(copy.folder, uploader.wake):
            try:
                yield in_record
            finally:
                uploader.stop()
        confirm(self.objects.url, f"{artifact}/{key}/{RECORD}")
        files = copy.upload(progress)
        in_record["files"] = {path: list(file) for path, file in files.items() if path not in (*STATE, *LAST)}

    def check(self) -> None:
        """Reach the bucket, and note the layout."""
        self.objects.check()
        super().check()

    def check_presence(self) -> None:
        """Nothing: reading from or writing to a bucket that has vanished fails with a clear message."""

    def locks(self) -> Locks:
        """Leases in the bucket."""
        return LeaseLocks(self.objects)

    def copy(self, artifact: str, key: str) -> WorkingCopy:
        """The artifact's files on this machine."""
        return WorkingCopy(self.objects, self.root, artifact_path(artifact, key))


class _Uploader:
    """Uploads unfinished work in a thread of its own, so that the stage goes on."""

    def __init__(self, copy: WorkingCopy) -> None:
        self._copy = copy
        self._wanted, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._upload_until_ended, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Tell the thread that there is something to upload."""
        self._wanted.set()

    def stop(self) -> None:
        """Finish the upload that is going on."""
        self._ended.set()
        self._wanted.set()
        self._thread.join()

    def _upload_until_ended(self) -> None:
        warned = False
        while self._wanted.wait() and not self._ended.is_set():
            self._wanted.clear()
            began = time.monotonic()
            try:
                self._copy.upload(no_progress)
                warned = False
            except (StoreFailed, OSError) as error:
                self._wanted.set()  # again after the pause; at the end it must succeed
                if not warned:
                    log.warning("the stage continues without uploading for now: %s", error)
                warned = True
            self._ended.wait((time.monotonic() - began) * (1 / SHARE_OF_TIME - 1))


def remote_store(url: str) -> RemoteStore:
    """The store at ``url``, its local copies in a folder of its own below the cache folder."""
    objects = ObjectStore(url)
    name = hashlib.blake2b(f"{objects.endpoint or ''} {url}".encode(), digest_size=8).hexdigest()
    return RemoteStore(copies_folder() / name, objects)


def copies_folder() -> Path:
    """Where the local copies of all remote stores are, a folder for each."""
    return cache_folder() / "stores"
