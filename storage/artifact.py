"""What identifies an artifact in a store, and what is known of it without its data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IDENTITY = "config.json"
"""The file that says what an artifact was made from."""

_NAME = re.compile(r"[a-z][a-z_]*")
_KEY = re.compile(r"[0-9a-f]{16}")

ArtifactId = tuple[str, str]
"""An artifact's name and key."""


@dataclass(frozen=True)
class Reference:
    """One finished artifact: what flows between stages instead of data.

    ``path``: its folder, or that of its local copy; ``facts``: the few JSON values that its stage returned.
    """

    artifact: str
    key: str
    path: Path
    facts: dict[str, Any]


@dataclass(frozen=True)
class StoredFile:
    """A file of an artifact: its path inside the artifact's folder, bytes, and when it was written (Unix time, s)."""

    path: str
    size: int
    modified: float


def is_artifact(artifact: str, key: str) -> bool:
    """Whether the two have the form of an artifact's name and a key."""
    return bool(_NAME.fullmatch(artifact) and _KEY.fullmatch(key))


def artifact_path(artifact: str, key: str) -> str:
    """The artifact's folder, relative to its store. Raises ``ValueError`` for a name or key of the wrong form."""
    if not is_artifact(artifact, key):
        raise ValueError(f"not an artifact's name and key: {artifact!r}, {key!r}")
    return f"{artifact}/{key}"
