"""Locks on an object store: one small object per key, taken, renewed and taken over by conditional writes only.

A lease whose object has not changed for ``lease_seconds`` by the observer's own clock belongs to a dead run and may
be taken over; clocks of different machines are never compared. That a holder on this very machine has died is noticed
at once.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import threading
import time
from pathlib import Path
from typing import Any

from storage.failure import StoreFailed
from storage.locks import Locks
from storage.remote.objects import ObjectStore

log = logging.getLogger("latentfaces")

LEASE_SECONDS = "LATENTFACES_LEASE_SECONDS"
FOLDER = ".leases"

_held: dict[tuple[str, str], Lease] = {}
"""The leases of this process, by store and key."""


def lease_seconds() -> float:
    """How long without renewal until a holder counts as dead, in seconds: 60 unless set in the environment."""
    text = os.environ.get(LEASE_SECONDS, "60")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise ValueError(f"{LEASE_SECONDS} is {text!r}; expected 1 to 3600")
    return seconds


def confirm(store: str, key: str) -> None:
    """Raise ``StoreFailed`` if this process held the lease on ``key`` and has lost it to another run."""
    lease = _held.get((store, key))
    if lease is not None and not lease.renew():
        raise StoreFailed(
            f"{store}: another run took over {key.rpartition('/')[0]} because this one did not renew its lease in "
            "time; run again to use its result"
        )


class Lease:
    """One held key, renewed by its own thread."""

    def __init__(self, objects: ObjectStore, path: str, token: str, version: str, seconds: float) -> None:
        self._objects, self._path, self._token, self._version = objects, path, token, version
        self._beat = 0
        self._lost = False
        self._writing = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_ended, args=(seconds / 4,), daemon=True)
        self._thread.start()

    def renew(self) -> bool:
        """Renew the lease; False if another run has it by now. Raises ``StoreFailed`` if that cannot be determined."""
        with self._writing:
            if self._lost:
                return False
            self._beat += 1
            version = self._objects.swap(self._path, _body(self._token, self._beat), self._version)
            if version is None:  # or it was sent twice, the answer to the first having been lost
                version = _version_of(self._objects, self._path, self._token)
            self._lost = version is None
            if version is not None:
                self._version = version
            return not self._lost

    def end(self) -> None:
        """Release the key. If the store cannot be reached, the lease expires by itself."""
        self._ended.set()
        self._thread.join()
        try:
            if self.renew():  # nobody takes it over in the moment between this and the deletion
                self._objects.delete([self._path])
        except StoreFailed as error:
            log.debug("the lease %s was not released: %s", self._path, error)

    def _renew_until_ended(self, pause: float) -> None:
        warned = False
        while not self._ended.wait(pause):
            try:
                if not self.renew():
                    return
                warned = False
            except StoreFailed as error:
                if not warned:
                    log.warning("the stage continues without renewing its lease for now: %s", error)
                warned = True


class LeaseLocks(Locks):
    """Locks for all runs, on whatever machine, on the object store ``objects``."""

    def __init__(self, objects: ObjectStore) -> None:
        super().__init__()
        self._objects = objects
        self._seconds = lease_seconds()
        self._seen: dict[str, tuple[str, float]] = {}
        self.poll_seconds = min(1.0, self._seconds / 4)

    def _try(self, key: str) -> tuple[str, Lease] | None:
        path = f"{FOLDER}/{key}"
        version = self._abandoned(path)
        if version is None:
            return None
        token = secrets.token_hex(8)
        taken = self._objects.swap(path, _body(token, 0), version or None)
        if taken is None:
            taken = _version_of(self._objects, path, token)
        if taken is None:
            return None
        lease = Lease(self._objects, path, token, taken, self._seconds)
        _held[self._objects.url, key] = lease
        return key, lease

    def _free(self, handle: tuple[str, Lease]) -> None:
        key, lease = handle
        _held.pop((self._objects.url, key), None)
        lease.end()

    def _is_free(self, key: str) -> bool:
        return self._abandoned(f"{FOLDER}/{key}") is not None

    def _abandoned(self, path: str) -> str | None:
        """The version of a lease that may be taken over, '' if there is no lease, None if its holder lives."""
        try:
            content, version = self._objects.read(path)
        except FileNotFoundError:
            self._seen.pop(path, None)
            return ""
        now = time.monotonic()
        seen, since = self._seen.setdefault(path, (version, now))
        if seen != version:
            self._seen[path] = version, now
            since = now
        return version if now - since >= self._seconds or _is_dead(content) else None


def _body(token: str, beat: int) -> bytes:
    lease = {"token": token, "beat": beat, "host": socket.gethostname(), "process": _process(os.getpid())}
    return json.dumps(lease).encode()


def _version_of(objects: ObjectStore, path: str, token: str) -> str | None:
    """The lease's version if it is ``token``'s, else None."""
    try:
        content, version = objects.read(path)
        return version if json.loads(content).get("token") == token else None
    except (FileNotFoundError, ValueError, AttributeError):
        return None


def _is_dead(content: bytes) -> bool:
    """Whether the lease's holder was a process of this machine that has ended."""
    try:
        process: Any = json.loads(content)["process"]
        return bool(process["space"]) and process["space"] == _space() and process != _process(int(process["id"]))
    except (ValueError, KeyError, TypeError):
        return False


def _space() -> str:
    """What process identifiers are unique in: this boot of this machine, and the container. '' if that is unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _process(identifier: int) -> dict[str, Any]:
    """A process, told apart from a later one with the same identifier by when it began."""
    try:
        began = Path(f"/proc/{identifier}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        began = ""
    return {"space": _space(), "id": identifier, "began": began}
