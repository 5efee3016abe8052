"""One artifact in full: its inputs, dependents, settings, facts and files."""

from __future__ import annotations

from typing import Any

from flows.housekeeping.inventory import Entry, Inventory
from storage.store import Store


def description(store: Store, inventory: Inventory, entry: Entry) -> dict[str, Any]:
    """Everything known of ``entry``, as JSON types: its identity, its facts once it is complete, its files' bytes."""
    identity = store.identity(*entry.id) or {}
    present = {other.id for other in inventory.entries}
    return {
        **entry.as_json(inventory.dependents(entry)),
        "path": store.artifact_location(*entry.id),
        "missing_inputs": ["/".join(place) for place in entry.inputs.values() if place not in present],
        "facts": store.reference(*entry.id).facts if entry.complete else None,
        "config": identity.get("config"),
        "data": identity.get("data"),
        "code": identity.get("code"),
        "files": {file.path: file.size for file in store.files(*entry.id)},
    }
