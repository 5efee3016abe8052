"""Finding the store at a path or URL, and opening it for a run."""

from __future__ import annotations

from pathlib import Path

from storage.names import check_name
from storage.store import LocalStore, Store
from storage.urls import parse_location


def find_store(location: str | Path) -> Store:
    """The store at a local path or a URL, which may not be there yet; nothing is written.

    Raises ``ValueError`` for a URL that ``parse_location`` refuses, a file, and a local store of another layout.
    """
    found = parse_location(location)
    if isinstance(found, str):
        # Here, as it loads obstore, which a local study does without.
        from storage.remote.store import remote_store

        return remote_store(found)
    check_name(str(found), "the store")
    if found.exists() and not found.is_dir():
        raise ValueError(f"the store {found} is a file: a store is a folder, or a URL such as s3://bucket/prefix")
    store = LocalStore(found)
    store.has_layout()
    return store


def open_store(location: str | Path) -> Store:
    """As ``find_store``; a folder is created if it is not there, a remote store is reached.

    Raises ``ValueError`` if it cannot be created, ``StoreFailed`` if it cannot be reached.
    """
    store = find_store(location)
    try:
        store.root.mkdir(parents=True, exist_ok=True)
        store.check()
    except OSError as error:
        raise ValueError(f"the store {store.root} cannot be created or written: {error}") from error
    return store
