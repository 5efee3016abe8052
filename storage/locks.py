"""Locks: one run computes an artifact while others wait."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

log = logging.getLogger("latentfaces")
POLL_SECONDS = 0.2


Handle = Any


class Locks:
    """Prefect's ``LockManager`` protocol over three primitives: try to lock a key, free it, ask whether it is free."""

    poll_seconds = POLL_SECONDS

    def __init__(self) -> None:
        self._held: dict[str, tuple[Handle, str]] = {}
        self._guard = threading.Lock()

    def _try(self, key: str) -> Handle | None:
        """Lock ``key`` and return the handle that frees it, or None if somebody else holds it."""
        raise NotImplementedError

    def _free(self, handle: Handle) -> None:
        """Release the lock."""
        raise NotImplementedError

    def _is_free(self, key: str) -> bool:
        """Whether nobody else holds ``key``; asking does not block others."""
        raise NotImplementedError

    def acquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """Wait until ``key`` is free (at most ``acquire_timeout`` s) and hold it until released or dead."""
        deadline = None if acquire_timeout is None else time.monotonic() + acquire_timeout
        tries = 0
        while True:
            with self._guard:
                held = self._held.get(key)
                if held is not None and held[1] == holder:
                    return True
                handle = None if held is not None else self._try(key)
                if handle is not None:
                    self._held[key] = (handle, holder)
                    return True
            if deadline is not None and time.monotonic() >= deadline:
                return False
            tries += 1
            if tries == 2:  # the first try may have met somebody who was only asking
                log.info("another run is %s; waiting", _doing(key))
            time.sleep(self.poll_seconds)

    async def aacquire_lock(
        self, key: str, holder: str, acquire_timeout: float | None = None, hold_timeout: float | None = None
    ) -> bool:
        """As ``acquire_lock``, without blocking the event loop."""
        # Slow to import, but loaded already wherever this is awaited.
        import asyncio

        return await asyncio.to_thread(self.acquire_lock, key, holder, acquire_timeout, hold_timeout)

    def release_lock(self, key: str, holder: str) -> None:
        """Free ``key``. Raises ``ValueError`` if ``holder`` does not hold it."""
        with self._guard:
            held = self._held.get(key)
            if held is None or held[1] != holder:
                raise ValueError(f"{holder} does not hold the lock on {key}")
            del self._held[key]
            self._free(held[0])

    def release_all(self) -> None:
        """Free whatever is still held, as after an error that Prefect does not handle."""
        with self._guard:
            for handle, _ in self._held.values():
                self._free(handle)
            self._held.clear()

    def is_locked(self, key: str) -> bool:
        """Whether anybody, in this process or another, holds ``key``."""
        with self._guard:
            if key in self._held:
                return True
            return not self._is_free(key)

    def is_lock_holder(self, key: str, holder: str) -> bool:
        """Whether ``holder`` holds ``key`` in this process."""
        held = self._held.get(key)
        return held is not None and held[1] == holder

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """Wait until ``key`` is free; False if that takes longer than ``timeout`` s."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.is_locked(key):
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(self.poll_seconds)
        return True

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        """As ``wait_for_lock``, without blocking the event loop."""
        import asyncio

        return await asyncio.to_thread(self.wait_for_lock, key, timeout)


def _doing(key: str) -> str:
    """What the holder of a lock is doing: a record's key is its path, other keys are words."""
    artifact, _, name = key.rpartition("/")
    return f"computing {artifact}" if name.endswith(".json") else key


class FileLocks(Locks):
    """Locks on ``flock``, a file per key in ``folder``.

    Unlike a lock file that names its holder, a ``flock`` ends with its process, however that dies. The key may have
    any characters. Programs that are started do not inherit the descriptors.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _path(self, key: str) -> Path:
        return self._folder / f"{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}.lock"

    def _try(self, key: str) -> int | None:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path(key), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def _free(self, handle: int) -> None:
        os.close(handle)

    def _is_free(self, key: str) -> bool:
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True
