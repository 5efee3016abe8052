"""What two runs have to give alike, wherever their stores lie."""

from pathlib import Path

from storage.store import RECORD

VARIES = ("host.json", RECORD)
"""Files that are about the machine and the time it took."""


def without_place(name: str, content: bytes, place: str) -> bytes:
    """The file ``name`` of a store with nothing that says where the store is: the commands in its report do."""
    return content.replace(place.encode(), b"<store>") if name.endswith("report.html") else content


def content_of(store: Path) -> dict[str, bytes]:
    """Every file of a local store that does not vary, by its path."""
    found = {path.relative_to(store).as_posix(): path for path in sorted(store.glob("[a-z]*/**/*"))}
    return {
        name: without_place(name, path.read_bytes(), str(store))
        for name, path in found.items()
        if path.is_file() and path.name not in VARIES
    }
