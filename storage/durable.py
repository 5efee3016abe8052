"""Notices that more of an unfinished artifact is safely on disk: a unit in its journal, a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_listeners: dict[Path, Callable[[], None]] = {}


def announce(folder: Path) -> None:
    """Notify the listener, if there is one, that more of the artifact in ``folder`` is safely on disk."""
    listener = _listeners.get(folder)
    if listener is not None:
        listener()


@contextmanager
def listening(folder: Path, listener: Callable[[], None]) -> Iterator[None]:
    """Have ``listener`` called for ``folder`` meanwhile; it must return at once."""
    _listeners[folder] = listener
    try:
        yield
    finally:
        del _listeners[folder]
