"""The version of a store's layout, recorded in the store so that no program misreads it."""

from __future__ import annotations

import json

LAYOUT = 1
"""The layout that this program reads and writes: ``<artifact>/<key>/`` folders, complete with their record."""

MARKER = "layout.json"


def check_layout(content: bytes, store: str) -> None:
    """Raise ``ValueError`` if the marker's content is damaged, or names another layout than this program's."""
    try:
        marker = json.loads(content)
    except ValueError as error:
        raise ValueError(f"{store}/{MARKER} is damaged ({error}): delete it and run again") from error
    found = marker.get("layout") if isinstance(marker, dict) else None
    if found == LAYOUT:
        return
    age = "an older" if isinstance(found, int) and found < LAYOUT else "another"
    raise ValueError(
        f"the store {store} was written by {age} version of this program (layout {found}, this one reads layout "
        f"{LAYOUT}): use another --store, or the version of the program that wrote this one"
    )


def layout_note() -> bytes:
    """The marker's content for this program's layout."""
    return json.dumps({"layout": LAYOUT}).encode()
