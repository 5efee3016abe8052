"""What takes long to make, kept in the cache folder of this machine under a digest of all that it is made from.

A file that is absent, cut off or altered is made again, so nothing but time depends on it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from storage.cache import cache_folder
from storage.files import write_bytes

DIGEST = 32
"""Hexadecimal digits."""


def digest(*parts: bytes) -> str:
    """A digest of ``parts``, each of them apart."""
    found = hashlib.blake2b(digest_size=DIGEST // 2)
    for part in parts:
        found.update(b"%d:" % len(part))
        found.update(part)
    return found.hexdigest()


def read_kept(subject: str, key: str) -> bytes | None:
    """What is kept of ``subject`` under ``key``; None if it has to be made."""
    path = cache_folder() / subject / key
    try:
        content = path.read_bytes()
    except OSError:
        return None
    kept = content[DIGEST:]
    if content[:DIGEST] != digest(kept).encode():
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return kept


def keep(subject: str, key: str, content: bytes, most: int) -> None:
    """Keep ``content``, and of what else there is of ``subject`` the last used ``most`` bytes; nothing if it cannot."""
    folder = cache_folder() / subject
    with contextlib.suppress(OSError):
        write_bytes(folder / key, digest(content).encode() + content)
        with os.scandir(folder) as entries:
            files = sorted(((entry.stat(), entry.path) for entry in entries), key=lambda one: -one[0].st_mtime_ns)
        total = 0
        for status, path in files:
            total += status.st_size
            if total > most:
                Path(path).unlink()


def kept_or_made(subject: str, key: str, most: int, make: Callable[[], bytes]) -> bytes:
    """What is kept of ``subject`` under ``key``, or else what ``make`` makes."""
    content = read_kept(subject, key)
    if content is None:
        content = make()
        keep(subject, key, content, most)
    return content
