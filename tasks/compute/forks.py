"""Bytes made by forked copies of this process, on the other cores, while it goes on."""

from __future__ import annotations

import gc
import os
import select
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from signal import SIGKILL
from typing import IO

from tasks.compute.cores import available_cores
from tasks.compute.interruption import children_without_ctrl_c

PATIENCE = 60.0
"""Seconds after which a copy is taken for stuck, as on a lock that another thread held when it was made."""


class Fork:
    """A copy of this process that calls ``make``; it shares all memory with this one until either writes to it."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        """Raises ``OSError`` where the system allows no further process."""
        self._make: Callable[[], bytes] | None = make
        self._made = b""
        self._file: IO[bytes] = os.fdopen(os.memfd_create("made"), "w+b")
        with children_without_ctrl_c(), warnings.catch_warnings():
            # Newer Pythons warn of threads. The copy draws and compresses, which needs none of them.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = os.fork()
        if self._process == 0:
            self._work(make)
        self._handle = os.pidfd_open(self._process)

    def _work(self, make: Callable[[], bytes]) -> None:
        """The copy's whole life: nothing of the parent's is flushed, closed or run at its end."""
        status = 1
        gc.disable()  # it would copy the memory that both share
        try:
            self._file.write(make())
            self._file.flush()
            status = 0
        finally:
            os._exit(status)

    def wait(self) -> bytes:
        """What ``make`` made; where the copy failed, it is called here, and raises here what it raises."""
        if self._make is not None:
            in_time = bool(select.select([self._handle], [], [], PATIENCE)[0])
            status = self._end(kill=not in_time)
            self._file.seek(0)
            self._made = self._file.read() if status == 0 else self._make()
            self._file.close()
            self._make = None
        return self._made

    def _end(self, kill: bool) -> int:
        if kill:
            with suppress(ProcessLookupError):
                os.kill(self._process, SIGKILL)
        os.close(self._handle)
        return os.waitpid(self._process, 0)[1]


class Forks:
    """At most ``most`` copies at a time, by default one for each core."""

    def __init__(self, most: int | None = None) -> None:
        self._most = available_cores() if most is None else most
        self._running: list[Fork] = []

    def later(self, make: Callable[[], bytes]) -> Callable[[], bytes]:
        """A function that returns what ``make`` makes, which is at work from now on; at once where no copy can be."""
        if self._most > 1 and sys.platform == "linux":
            while len(self._running) >= self._most:
                self._running.pop(0).wait()
            with suppress(OSError):
                self._running.append(Fork(make))
                return self._running[-1].wait
        made = make()
        return lambda: made
