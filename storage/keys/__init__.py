"""What identifies a result: its configuration, its inputs' keys, outside data, and the code that computes it.

Code is counted by module: the syntax tree without what only people and type checkers read, with every name imported
from this project replaced by the digest of the module that defines it. So a changed computation changes every key that
depends on it, while moving or renaming a module changes none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from storage.keys.kept import KeptCode
from storage.keys.merkle import RESOURCES, Code, ProjectCode

__all__ = [
    "PACKAGES",
    "PROJECT",
    "RESOURCES",
    "Code",
    "artifact_key",
    "changed_code",
    "differences",
    "module_digests",
    "project_code",
]

PROJECT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("flows", "tasks", "storage")


def artifact_key(identity: Mapping[str, Any]) -> str:
    """16 hexadecimal digits over ``identity``, a mapping of JSON values."""
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()


def project_code(project: Path = PROJECT, packages: tuple[str, ...] = PACKAGES) -> KeptCode:
    """The code of ``project`` as it is now."""
    return KeptCode(project, packages)


def changed_code(code: Mapping[str, Any], project: Path = PROJECT) -> list[str]:
    """Where the project differs by now from ``code``, as an artifact's record holds it."""
    return list(differences(code, project_code(project).of(code["roots"]).as_json()))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """The modules in which ``new`` code differs from ``old``, both as artifacts' records hold them.

    A module that was only moved is not among them. If no module differs by itself, the roots are given instead.
    """
    if old.get("digest") == new["digest"]:
        return
    before, after = old.get("modules", {}), new["modules"]
    changed = {name for name, digest in after.items() if digest not in before.values()}
    changed |= {name for name, digest in before.items() if name not in after and digest not in after.values()}
    yield from sorted(changed) if before and changed else new["roots"]


def module_digests(modules: Iterable[str], root: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """A digest of each of ``modules`` in ``root`` and of all in ``packages`` that they import, by name.

    As in keys, comments, docstrings, annotations and messages do not count. Raises ``ValueError`` for a module that is
    not there.
    """
    return ProjectCode(root, packages).modules(modules)
