"""How a kernel reports its progress, and who listens."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

log = logging.getLogger("latentfaces")
LOG_SECONDS = 10.0


class Progress(Protocol):
    """Called with the units done so far, their total, and a short note such as ``loss 0.0123``."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Tell."""


def no_progress(done: int, total: int, note: str = "") -> None:
    """Report nothing."""


Listener = Callable[[str, int, int, str], None]
"""Called with the stage, the units done, their total and the note."""

_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have ``listener`` called for the progress of every stage that runs in this process meanwhile."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def progress_of(stage: str, *others: Progress) -> Progress:
    """The progress of ``stage``, reported to the listeners and to ``others``; to the log if there are none."""
    logged = time.monotonic()

    def tell(done: int, total: int, note: str = "") -> None:
        nonlocal logged
        for listener in _listeners:
            listener(stage, done, total, note)
        for other in others:
            other(done, total, note)
        if not _listeners and (time.monotonic() - logged >= LOG_SECONDS):
            logged = time.monotonic()
            log.info("%s: %d of %d%s", stage, done, total, f", {note}" if note else "")

    return tell
