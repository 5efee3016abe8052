"""Counts and names in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, one: str, many: str = "") -> str:
    """A number and what it counts: ``1 component``, ``1,024 components``, ``1 axis``, ``2 axes``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def first_names(names: Sequence[str], limit: int = 5) -> str:
    """``a, b, c and 7 more``, with escapes for what is not text."""
    shown = ", ".join(name.encode("utf-8", "backslashreplace").decode() for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
