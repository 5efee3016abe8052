"""What a store holds: every artifact with its size and age, what it was made from and what was made from it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storage.artifact import ArtifactId
from storage.record import RECORD
from storage.store import Store
from tasks.stage.errors import InputError


@dataclass(frozen=True)
class Entry:
    """One artifact in a store.

    ``about``: what of the stage it is, such as a sampler's name. ``size``: bytes; ``used``: when it was last made or
    taken from the cache (Unix time, s). ``inputs``: what it was made from, whether or not that is still there;
    ``data``: the digest of the images from outside, for a data set that has some.
    """

    artifact: str
    key: str
    complete: bool
    size: int
    used: float
    stage: str
    about: str | None
    inputs: Mapping[str, ArtifactId]
    data: str | None = None

    @property
    def id(self) -> ArtifactId:
        """Name and key."""
        return self.artifact, self.key

    @property
    def made_by(self) -> str:
        """The stage, and what of it."""
        return f"{self.stage} {self.about or ''}".rstrip()

    @property
    def state(self) -> str:
        """In a word."""
        return "complete" if self.complete else "unfinished"

    def as_json(self, dependents: list[ArtifactId]) -> dict[str, Any]:
        """What ``latentfaces ls --json`` prints of it."""
        return {
            "artifact": self.artifact,
            "key": self.key,
            "about": self.about,
            "stage": self.stage,
            "complete": self.complete,
            "bytes": self.size,
            "used": self.used,
            "inputs": {name: "/".join(made_from) for name, made_from in self.inputs.items()},
            "dependents": ["/".join(dependent) for dependent in dependents],
        }


@dataclass(frozen=True)
class Inventory:
    """All entries of a store, in the order of the study's stages."""

    entries: tuple[Entry, ...]

    def dependents(self, entry: Entry) -> list[ArtifactId]:
        """The artifacts in the store that were made from ``entry``."""
        return [other.id for other in self.entries if entry.id in other.inputs.values()]

    def find(self, key: str) -> Entry:
        """The entry whose key starts with ``key``, with ``artifact/`` before it or without.

        Raises ``InputError`` if there is none, or several.
        """
        artifact, _, prefix = key.rpartition("/")
        found = [e for e in self.entries if e.key.startswith(prefix) and artifact in ("", e.artifact) and prefix]
        if len(found) == 1:
            return found[0]
        if not found:
            raise InputError(f"the store has no artifact with the key {key}; 'latentfaces ls' lists them")
        raise InputError(f"{key} matches several keys: {', '.join('/'.join(entry.id) for entry in found)}")


def take_inventory(store: Store) -> Inventory:
    """Look at everything in ``store``."""
    order = {artifact: position for position, artifact in enumerate(ORDER)}
    entries = sorted(_entries(store), key=lambda e: (order.get(e.artifact, len(order)), e.about or "", -e.used))
    return Inventory(tuple(entries))


ORDER = (
    "faces",
    "dataset",
    "model",
    "latents",
    "points",
    "statistics",
    "samples",
    "guided",
    "features",
    "baselines",
    "quality",
    "judged",
    "likelihoods",
    "scores",
    "conditioned",
    "rated",
    "ratings",
    "report",
    "comparison",
)


def _entries(store: Store) -> Iterator[Entry]:
    # The name of an input tells its artifact nearly always (samples/shuffled), its key in the store always does.
    artifacts = {key: artifact for artifact, key in store.artifacts()}
    for artifact, key in store.artifacts():
        files = list(store.files(artifact, key))
        identity = store.identity(artifact, key) or {}
        records = [file.modified for file in files if file.path == RECORD]
        newest = max((file.modified for file in files), default=0.0)
        yield Entry(
            artifact=artifact,
            key=key,
            complete=bool(records),
            size=sum(file.size for file in files),
            used=records[0] if records else newest,
            stage=identity.get("stage", "?"),
            about=identity.get("about"),
            inputs={
                name: (artifacts.get(needed, name.partition("/")[0]), needed)
                for name, needed in identity.get("inputs", {}).items()
            },
            data=identity.get("data"),
        )


def readable_size(size: float) -> str:
    """Bytes in a readable unit: 812 B, 3.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def readable_age(then: float, now: float | None = None) -> str:
    """How long ago that was, in its largest whole unit: 3 days ago."""
    seconds = max(0.0, (time.time() if now is None else now) - then)
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return f"{seconds:.0f} s ago"
