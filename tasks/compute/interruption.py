"""Ctrl-C: a terminal sends it to every process of a command, but only the first should act on it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def children_without_ctrl_c() -> Iterator[None]:
    """Processes started inside never receive SIGINT; this process still does, at the end of the block at the latest.

    From their first moment on, so that none prints a traceback while it still imports its modules.
    """
    # Blocked, since started processes inherit that. Ignoring it would lose a Ctrl-C, and only a main thread may.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
