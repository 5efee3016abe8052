"""Python's search for cycles of garbage, done seldom: it goes through all objects, millions with large libraries."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS = 200_000
"""New objects between two searches, some 50 MB of small ones; by default it is 700."""


def search_seldom() -> None:
    """From now on, for a process that imports much and ends soon."""
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def rarely_searched() -> Iterator[None]:
    """Inside, what there is already is left out of all searches, and they are seldom."""
    before = gc.get_threshold()
    gc.freeze()
    search_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
