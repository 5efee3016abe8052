"""Which units of an unfinished artifact are done, so that a killed run continues where it stopped."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from storage.durable import announce

log = logging.getLogger("latentfaces")


class Journal:
    """The finished units (chunks, blocks, levels) of one artifact, a line each in ``folder/journal.txt``.

    A unit is marked only after its data lie safely on disk. A line cut off by a crash does not count.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.txt"
        lines = self._path.read_bytes().split(b"\n")[:-1] if self._path.exists() else []
        self.kept = frozenset(line.decode() for line in lines)
        if self._path.exists():
            complete = b"".join(line + b"\n" for line in lines)
            if complete != self._path.read_bytes():
                self._path.write_bytes(complete)

    def mark(self, unit: str) -> None:
        """Record durably that ``unit`` is done."""
        if "\n" in unit:
            raise ValueError(f"a unit's name must be one line, not {unit!r}")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab") as file:
            file.write(unit.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        announce(self._path.parent)

    def log_resumption(self, stage: str, what: str, total: int) -> None:
        """Log how much of an earlier, interrupted run is kept."""
        if self.kept:
            log.info(
                "%s: continuing, %d of %d %s kept, %d to do", stage, len(self.kept), total, what, total - len(self.kept)
            )

    def close(self) -> None:
        """Remove the journal: the artifact is finished."""
        self._path.unlink(missing_ok=True)
