"""Main memory: how much is available, and how what is freed is used again."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

_MIB = 2**20
# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


def glibc() -> ctypes.CDLL | None:
    """The C library of this process, if it is one whose ``mallopt`` can be told how to hold memory."""
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") else None


def available_memory() -> int:
    """Bytes that can still be allocated without pushing anything else out."""
    try:
        with open("/proc/meminfo") as file:
            facts = dict(line.split(":", 1) for line in file)
        return int(facts["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


@contextlib.contextmanager
def reused_memory() -> Iterator[None]:
    """Keep what is freed for the next allocation, instead of returning it to the system after every batch.

    The system zeroes each page that it hands out again, and batches need the same tens of megabytes every time:
    a tenth of a training step. At the end everything that is free is returned. Without glibc nothing happens.
    """
    library = glibc()
    if library is None:
        yield
        return
    # Some versions of glibc refuse more than 32 MiB for the second one: then larger blocks alone are returned.
    library.mallopt(_TRIM_THRESHOLD, 2**31 - 1)
    library.mallopt(_MMAP_THRESHOLD, 32 * _MIB)
    library.mallopt(_MMAP_THRESHOLD, 1024 * _MIB)
    try:
        yield
    finally:
        # The largest values that glibc arrives at by itself; once set, it no longer adapts them.
        library.mallopt(_TRIM_THRESHOLD, 64 * _MIB)
        library.mallopt(_MMAP_THRESHOLD, 32 * _MIB)
        library.malloc_trim(0)
