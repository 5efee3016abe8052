"""How much main memory is available."""

from __future__ import annotations

import os


def available_memory() -> int:
    """Bytes that can still be allocated without pushing anything else out."""
    try:
        with open("/proc/meminfo") as file:
            facts = dict(line.split(":", 1) for line in file)
        return int(facts["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
