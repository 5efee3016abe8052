"""What steps have in common is made once: the steps of a study, one after another, read the same artifacts."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def held(make: Callable[P, T]) -> Callable[P, T]:
    """``make``, whose last result is returned again for equal arguments as long as the files they name are the same.

    These are the files in every folder that is an argument, or a field of a dataclass or tuple among them. A file is
    the same if its size, inode and time of change are. One result is held, so memory does not grow with the calls; a
    caller must not change it.
    """
    lock = threading.Lock()
    last: list[tuple[Any, T]] = []

    @wraps(make)
    def made_or_held(*arguments: P.args, **named: P.kwargs) -> T:
        with lock:
            asked = (arguments, named, [_state(path) for path in _paths((arguments, tuple(named.values())))])
            if not last or last[0][0] != asked:
                # Before the new one is made, so that two are never in memory.
                last.clear()
                last.append((asked, make(*arguments, **named)))
            return last[0][1]

    return made_or_held


def _paths(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _paths(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _paths(getattr(value, field.name))


def _state(path: Path) -> list[tuple[str, int, int, int]]:
    """Path, inode, size and time of change of every file in the folder ``path``, or of the file itself."""
    found = [path] if path.is_file() else [Path(folder, name) for folder, _, names in os.walk(path) for name in names]
    states = ((str(file), file.stat()) for file in found)
    return sorted((name, state.st_ino, state.st_size, state.st_mtime_ns) for name, state in states)
