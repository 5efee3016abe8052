"""Counts and names in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """``1 image``, ``2 images``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def first_names(names: Sequence[str], limit: int = 5) -> str:
    """``a, b, c and 7 more``, with escapes for what is not text."""
    shown = ", ".join(name.encode("utf-8", "backslashreplace").decode() for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
