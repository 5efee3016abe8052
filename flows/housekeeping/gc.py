"""What can be deleted: artifacts that newer ones have superseded and that nothing kept depends on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flows.housekeeping.inventory import Entry, Inventory, Place
from storage.record import RECORD
from storage.store import Store


@dataclass(frozen=True)
class Superseded:
    """An artifact that can be deleted, and why."""

    entry: Entry
    why: str


def superseded(inventory: Inventory, keep: int = 1) -> list[Superseded]:
    """What nothing kept refers to, dependents first.

    Of everything made from the same images the ``keep`` last used artifacts of each kind are kept (a sampler's
    samples are a kind of their own), interrupted ones that are newer still too, and all that those were made from.
    """
    by_place = {entry.place: entry for entry in inventory.entries}
    kinds: dict[tuple[str, str | None, str], list[Entry]] = defaultdict(list)
    for entry in inventory.entries:
        kinds[entry.artifact, entry.about, _images(entry, by_place)].append(entry)
    kept: set[Place] = set()
    for entries in kinds.values():
        finished = 0
        for entry in sorted(entries, key=lambda one: one.used, reverse=True):
            if finished < keep:
                kept.add(entry.place)
                finished += entry.complete
    pending = [by_place[place] for place in kept]
    while pending:
        for place in pending.pop().inputs.values():
            if place in by_place and place not in kept:
                kept.add(place)
                pending.append(by_place[place])
    return [
        Superseded(entry, "superseded" if entry.complete else "unfinished, and superseded")
        for entry in reversed(inventory.entries)
        if entry.place not in kept
    ]


def _images(entry: Entry, by_place: dict[Place, Entry]) -> str:
    """What images an artifact goes back to: their digest, or a word for the project's own faces."""
    while True:
        if entry.data is not None:
            return entry.data
        if entry.artifact == "faces" or not entry.inputs:
            return "synthetic"
        names = entry.inputs
        place = names.get("faces") or names.get("dataset") or next(iter(names.values()))
        if place not in by_place:
            return "/".join(place)
        entry = by_place[place]


def sweep(store: Store, verdicts: list[Superseded]) -> tuple[list[Superseded], list[Superseded]]:
    """Delete the artifacts from ``store``, except those whose lock is held.

    Returns those that were deleted and those that were not.
    """
    locks = store.locks()
    deleted, locked = [], []
    for verdict in verdicts:
        record = f"{verdict.entry.artifact}/{verdict.entry.key}/{RECORD}"
        if not locks.acquire_lock(record, "gc", acquire_timeout=0):
            locked.append(verdict)
            continue
        try:
            store.delete(*verdict.entry.place)
        finally:
            locks.release_lock(record, "gc")
        deleted.append(verdict)
    return deleted, locked
