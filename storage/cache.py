"""The cache folder of this machine, outside any store: deleting it costs only time."""

from __future__ import annotations

import logging
import os
import sys
from functools import lru_cache
from pathlib import Path

from storage.writable import temporary_folder, why_unwritable

log = logging.getLogger("latentfaces")

CACHE = "LATENTFACES_CACHE"


def cache_folder() -> Path:
    """The cache folder, or a temporary one where that cannot be written, which a warning then names."""
    try:
        wanted = wanted_cache_folder()
    except RuntimeError as error:
        return _substitute("the cache folder", str(error))
    reason = why_unwritable(wanted)
    return wanted if reason is None else _substitute(str(wanted), reason)


def wanted_cache_folder() -> Path:
    """``LATENTFACES_CACHE``, or ``latentfaces`` in the platform's folder for caches.

    Raises ``RuntimeError`` if that depends on a home folder and there is none.
    """
    if given := os.environ.get(CACHE):
        return Path(given).expanduser().resolve()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "latentfaces"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latentfaces"


@lru_cache
def _substitute(wanted: str, reason: str) -> Path:
    folder = temporary_folder() / "cache"
    log.warning("cannot write to %s (%s); using %s; set %s to choose another folder", wanted, reason, folder, CACHE)
    return folder
