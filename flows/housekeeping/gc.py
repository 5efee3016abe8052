"""What can be deleted: artifacts that newer ones have superseded and that nothing kept depends on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from flows.housekeeping.inventory import Entry, Inventory
from storage.artifact import ArtifactId
from storage.record import RECORD
from storage.store import Store


@dataclass(frozen=True)
class Superseded:
    """An artifact that can be deleted, and why."""

    entry: Entry
    reason: str


def superseded(inventory: Inventory, keep: int = 1) -> list[Superseded]:
    """What nothing kept refers to, dependents first.

    Of everything made from the same images the ``keep`` last used artifacts of each kind are kept (a sampler's
    samples are a kind of their own), interrupted ones that are newer still too, and all that those were made from.
    """
    by_id = {entry.id: entry for entry in inventory.entries}
    kinds: dict[tuple[str, str | None, str], list[Entry]] = defaultdict(list)
    for entry in inventory.entries:
        kinds[entry.artifact, entry.about, _images(entry, by_id)].append(entry)
    kept: set[ArtifactId] = set()
    for entries in kinds.values():
        finished = 0
        for entry in sorted(entries, key=lambda one: one.used, reverse=True):
            if finished < keep:
                kept.add(entry.id)
                finished += entry.complete
    pending = [by_id[used] for used in kept]
    while pending:
        for used in pending.pop().inputs.values():
            if used in by_id and used not in kept:
                kept.add(used)
                pending.append(by_id[used])
    return [
        Superseded(entry, "superseded" if entry.complete else "unfinished, and superseded")
        for entry in reversed(inventory.entries)
        if entry.id not in kept
    ]


def _images(entry: Entry, by_id: dict[ArtifactId, Entry]) -> str:
    """What images an artifact goes back to: their digest, or a word for the project's own faces."""
    while True:
        if entry.data is not None:
            return entry.data
        if entry.artifact == "faces" or not entry.inputs:
            return "synthetic"
        names = entry.inputs
        used = names.get("faces") or names.get("dataset") or next(iter(names.values()))
        if used not in by_id:
            return "/".join(used)
        entry = by_id[used]


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
            store.delete(*verdict.entry.id)
        finally:
            locks.release_lock(record, "gc")
        deleted.append(verdict)
    return deleted, locked
