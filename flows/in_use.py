"""Who uses a store: many runs at once, or one command that deletes from it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from storage.store import Store
from tasks.stage.errors import InputError


@contextmanager
def store_in_use(store: Store, alone: bool = False) -> Iterator[None]:
    """Use the artifacts in ``store`` together with other runs; or ``alone``, to delete some of them.

    A run waits while somebody holds the store alone. Raises ``InputError`` if ``alone`` is asked for during a run.
    """
    folder = store.root / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "occupied", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except BlockingIOError as error:
            raise InputError(
                f"a study is running in {store.location}, so nothing was deleted; try again when it has finished"
            ) from error
        yield
    finally:
        os.close(descriptor)
