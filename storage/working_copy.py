"""The local files of one artifact of a remote store: brought when needed, sent as they become durable.

The remote is the truth. What is known of it is noted beside the files; an unfinished artifact whose remote files
are no longer those (another machine went on, or somebody deleted it) is made equal to the remote before it is
continued, and a finished one is compared with the checksums in its record.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from storage.files import read_json, write_json
from storage.remote import Entry, Remote
from storage.store import RECORD, StoreFailure, Told, read_record
from storage.transfers import Copied, download, inside, side_by_side, upload

STATE = ("journal.txt", "checkpoint.safetensors")
"""What says how far an unfinished artifact is: sent after the files it speaks of."""
LAST = ("facts.json",)
"""What says that all work is done: sent when nothing else is left to send or delete."""

Files = dict[str, tuple[int, str]]
"""Size in bytes and digest of each file."""


class WorkingCopy:
    """Of the artifact ``place``, such as ``model/0123456789abcdef``, in ``root``."""

    def __init__(self, remote: Remote, root: Path, place: str) -> None:
        self._remote, self._place = remote, place
        self.folder = root / place
        self._notes = root / ".copies" / f"{place.replace('/', '-')}.json"
        self._known = self._read_notes()

    def bring(self, told: Told) -> Path:
        """Have all files of the finished artifact here, as its record lists them; returns their folder.

        Raises ``StoreFailure`` if the record or a file is missing or damaged.
        """
        try:
            record, _ = self._remote.read(f"{self._place}/{RECORD}")
            listed = read_record(record)["result"].get("files")
        except FileNotFoundError as error:
            raise StoreFailure(f"{self._remote.url}/{self._place} is not complete: it has no record") from error
        except ValueError as error:
            raise StoreFailure(f"{self._remote.url}/{self._place}/{RECORD} is not to be trusted ({error})") from error
        if listed is None:  # of a store that was copied here from a disk
            there = self._remote.listing(self._place)
            wanted = {path: (entry.size, "") for path, entry in there.items() if path != RECORD}
        else:
            wanted = {path: (int(size), str(digest)) for path, (size, digest) in listed.items()}
        self._remove_local(except_for=wanted)
        absent = {path: size for path, (size, digest) in wanted.items() if not self._is_here(path, digest)}

        def one(path: str) -> Copied:
            return self._download(path, *wanted[path])

        self._gather(one, absent, told)
        self._known = {path: copied for path, copied in self._known.items() if path in wanted}
        inside(self.folder, RECORD).write_bytes(record)
        self._write_notes()
        return self.folder

    def resume(self, told: Told) -> None:
        """Make the local files those to continue from: the remote ones, or local ones that are ahead of them."""
        there = {path: entry for path, entry in self._remote.listing(self._place).items() if path != RECORD}
        inside(self.folder, RECORD).unlink(missing_ok=True)
        if self._is_ahead_of(there):
            return
        self._remove_local(except_for=there)
        self._known = {
            path: copied
            for path, copied in self._known.items()
            if path in there and copied.version == there[path].version and self._is_here(path, copied.digest)
        }
        absent = {path: entry.size for path, entry in there.items() if path not in self._known}
        self._gather(lambda path: self._download(path, there[path].size, ""), absent, told)
        self._write_notes()

    def send(self, told: Told) -> Files:
        """Send what changed and delete what is gone; the remote can be continued from at every moment of it.

        Returns all files. Only one thread may do this at a time; files may be written meanwhile.
        """
        try:
            with tempfile.TemporaryDirectory(dir=self._made(self._notes.parent)) as scratch:
                # As they are now: those written after this may speak of files that will not have been sent.
                kept = self._snapshot(Path(scratch))
                here = self._local_files()
                ordinary = {path: size for path, (size, _) in self._changed(here).items() if not _is_state(path)}
                # What lies on top describes what lies in folders.
                for on_top in (True, False):
                    part = {path: size for path, size in ordinary.items() if ("/" not in path) == on_top}
                    self._gather(lambda path: self._upload(path, self.folder / path), part, told)
                for path, file in kept.items():
                    self._note(path, self._upload(path, file))
            gone = [path for path in self._known if path not in here]
            self._remote.remove(f"{self._place}/{path}" for path in gone)
            for path in gone:
                del self._known[path]
            for path in self._changed(here):
                if path in LAST:
                    self._note(path, self._upload(path, self.folder / path))
        finally:
            self._write_notes()
        return {path: (copied.size, copied.digest) for path, copied in sorted(self._known.items())}

    def discard(self, path: str) -> None:
        """Delete one file, there and here."""
        self._remote.remove([f"{self._place}/{path}"])
        inside(self.folder, path).unlink(missing_ok=True)
        if self._known.pop(path, None) is not None:
            self._write_notes()

    def forget(self) -> None:
        """Delete the artifact there and here, its record first."""
        self._remote.remove([f"{self._place}/{RECORD}"])
        self._remote.remove(f"{self._place}/{path}" for path in self._remote.listing(self._place))
        self.drop()

    def drop(self) -> None:
        """Delete the local files alone."""
        self._notes.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ahead(self) -> bool:
        """Whether a run would continue the unfinished artifact from the local files."""
        return self._is_ahead_of(self._remote.listing(self._place))

    def _is_ahead_of(self, there: dict[str, Entry]) -> bool:
        """Whether the remote is what was last sent from here, and all of that is still here."""
        versions = {path: entry.version for path, entry in there.items()}
        known = {path: copied.version for path, copied in self._known.items()}
        return versions == known and all((self.folder / path).is_file() for path in known)

    def _local_files(self) -> dict[str, os.stat_result]:
        found = {}
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder).as_posix()
            if name == RECORD or name.endswith(".partial"):
                continue
            try:
                if path.is_file():
                    found[name] = path.stat()
            except FileNotFoundError:
                continue
        return found

    def _changed(self, here: dict[str, os.stat_result]) -> dict[str, tuple[int, int]]:
        now = {path: (status.st_size, status.st_mtime_ns) for path, status in here.items()}
        return {
            path: status for path, status in now.items() if path not in self._known or self._known[path][:2] != status
        }

    def _snapshot(self, scratch: Path) -> dict[str, Path]:
        kept = {}
        for name in self._changed(self._local_files()):
            if name not in STATE:
                continue
            kept[name] = scratch / name
            try:
                if name.endswith(".txt"):  # appended to in place
                    shutil.copy2(self.folder / name, kept[name])
                else:  # replaced as a whole
                    os.link(self.folder / name, kept[name])
            except FileNotFoundError:
                del kept[name]
        return kept

    def _is_here(self, path: str, digest: str) -> bool:
        """Whether the local file is what was brought or sent as ``digest``, '' for any, and untouched since."""
        copied, file = self._known.get(path), inside(self.folder, path)
        if copied is None or digest not in ("", copied.digest) or not file.is_file():
            return False
        status = file.stat()
        return copied[:2] == (status.st_size, status.st_mtime_ns)

    def _remove_local(self, except_for: dict[str, tuple[int, str]] | dict[str, Entry]) -> None:
        for path in self.folder.rglob("*"):
            if not path.is_dir() and path.relative_to(self.folder).as_posix() not in except_for:
                path.unlink()

    def _download(self, path: str, size: int, digest: str) -> Copied:
        try:
            return download(self._remote, f"{self._place}/{path}", inside(self.folder, path), size, digest)
        except FileNotFoundError as error:
            whole = f"{self._remote.url}/{self._place}"
            raise StoreFailure(f"{whole}/{path} is missing; delete {whole} to redo it") from error
        except OSError as error:
            raise StoreFailure(f"{self.folder / path} cannot be written ({error}); free space there") from error

    def _upload(self, path: str, file: Path) -> Copied | None:
        return upload(self._remote, file, f"{self._place}/{path}")

    def _gather(self, work: Callable[[str], Copied | None], sizes: dict[str, int], told: Told) -> None:
        try:
            for path, copied in side_by_side(work, sizes, told):
                self._note(path, copied)
        finally:
            self._write_notes()

    def _note(self, path: str, copied: Copied | None) -> None:
        if copied is not None:
            self._known[path] = copied

    @staticmethod
    def _made(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _read_notes(self) -> dict[str, Copied]:
        try:
            return {path: Copied(*copied) for path, copied in read_json(self._notes).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # all is brought again

    def _write_notes(self) -> None:
        write_json(self._notes, self._known)


def _is_state(path: str) -> bool:
    return path in STATE or path in LAST
