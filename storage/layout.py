"""The version of a store's layout, noted in the store, so that a program meets none that it would misread."""

from __future__ import annotations

from pathlib import Path

from storage.files import read_json, write_json

LAYOUT = 1
"""The layout that this program reads and writes: ``<artifact>/<key>/`` folders, complete with their record."""

MARKER = "layout.json"


def check_layout(root: Path) -> None:
    """Raise ``ValueError`` if the store at ``root`` notes another layout; one that notes none has this one."""
    path = root / MARKER
    if not path.is_file():
        return
    noted = read_json(path)
    found = noted.get("layout") if isinstance(noted, dict) else None
    if found == LAYOUT:
        return
    age = "an older" if isinstance(found, int) and found < LAYOUT else "another"
    raise ValueError(
        f"the store {root} was written by {age} version of this program (layout {found}, this one reads layout "
        f"{LAYOUT}): give another --store and run again, or read it with the version that wrote it"
    )


def note_layout(root: Path) -> None:
    """Note this program's layout in the store at ``root`` if none is noted yet."""
    if not (root / MARKER).is_file():
        write_json(root / MARKER, {"layout": LAYOUT})
