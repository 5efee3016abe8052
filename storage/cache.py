"""What this machine keeps for itself, beside any store: deleting it loses time alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE = "LATENTFACES_CACHE"


def cache_folder() -> Path:
    """``LATENTFACES_CACHE``, or ``latentfaces`` in the platform's folder for caches."""
    if given := os.environ.get(CACHE):
        return Path(given).expanduser().resolve()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "latentfaces"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latentfaces"
