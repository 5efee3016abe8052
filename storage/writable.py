"""Whether a folder can be written, and a temporary replacement for one that cannot."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def why_unwritable(folder: Path) -> str | None:
    """Why nothing can be written in ``folder``, which need not exist yet; None if it can be written.

    Tries it with a byte that no other program sees: permissions alone do not reveal a read-only file system, a full
    disk or an exhausted quota.
    """
    try:
        existing = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
        if not existing.is_dir():
            return f"{existing} is not a folder" if existing.exists() else f"{existing} is a broken link"
        with tempfile.TemporaryFile(dir=existing, buffering=0) as probe:
            probe.write(b"x")
    except OSError as error:
        return error.strerror or str(error)
    return None


def temporary_folder() -> Path:
    """A folder of this user alone below the system's temporary one: the same at every call and in every process.

    A new one each time where another user has taken its name. Raises ``OSError`` if nothing temporary can be written.
    """
    folder = Path(tempfile.gettempdir()) / f"latentfaces-{os.geteuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    except OSError:
        private = False
    if private and why_unwritable(folder) is None:
        return folder
    return Path(tempfile.mkdtemp(prefix="latentfaces-"))
