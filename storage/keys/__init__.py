"""What identifies a result: its configuration, its inputs' keys, outside data, and the code that computes it.

Code counts by the definition, not by the file: a digest covers what a stage's kernels reach through names, each
function, class and constant as its syntax with every name of this project replaced by the digest of what it means, so
that a definition or a whole module can move without a trace. What cannot be seen in names counts by module: statements
that do more than bind a name while a module is imported, and a module that is reached as a whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from storage.keys.meaning import RESOURCES
from storage.keys.program import Code
from storage.keys.project import (
    PACKAGES,
    PROJECT,
    ProjectCode,
    changed_code,
    differences,
    module_digests,
    project_code,
)

__all__ = [
    "PACKAGES",
    "PROJECT",
    "RESOURCES",
    "Code",
    "ProjectCode",
    "artifact_key",
    "changed_code",
    "differences",
    "module_digests",
    "project_code",
]


def artifact_key(identity: Mapping[str, Any]) -> str:
    """16 hexadecimal digits over ``identity``, a mapping of JSON values."""
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()
