"""How many heaps the C library may keep for the threads of a process."""

from __future__ import annotations

import os

from tasks.compute.memory import glibc

MOST = 2
VARIABLE = "MALLOC_ARENA_MAX"
_ARENA_MAX = -8  # glibc's mallopt(3)


def share_heaps() -> None:
    """Let all threads of this process, and of those that it starts, share ``MOST`` heaps; before any thread is started.

    By default glibc gives threads heaps of their own, up to eight for each core, and what is free in one is of no use
    to another: a sixth of a study's memory. Where the user has set ``MALLOC_ARENA_MAX``, or without glibc, nothing
    happens.
    """
    if VARIABLE in os.environ:
        return
    os.environ[VARIABLE] = str(MOST)
    if library := glibc():
        library.mallopt(_ARENA_MAX, MOST)
