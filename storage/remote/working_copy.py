"""The local files of one artifact of a remote store: fetched when needed, uploaded as they become durable.

The remote files are the truth. What is known of them is noted beside the local ones. An unfinished artifact whose
remote files have changed (another machine went on, or somebody deleted it) is made equal to them before it is
continued, and a finished one is compared with the checksums in its record.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

from storage.failure import StoreFailed
from storage.files import read_json, write_json
from storage.record import RECORD, read_record
from storage.remote.objects import ObjectInfo, ObjectStore
from storage.remote.transfers import Copy, download, in_parallel, inside, upload
from storage.store import Progress

STATE = ("journal.txt", "checkpoint.safetensors")
"""What says how far an unfinished artifact is: uploaded after the files that it describes."""
LAST = ("facts.json",)
"""What says that all work is done: uploaded when nothing else is left to upload or delete."""

Files = dict[str, tuple[int, str]]
"""Size in bytes and digest of each file."""


class WorkingCopy:
    """Of ``artifact``, such as ``model/0123456789abcdef``, below ``root``."""

    def __init__(self, objects: ObjectStore, root: Path, artifact: str) -> None:
        self._objects, self._artifact = objects, artifact
        self.folder = root / artifact
        self._notes = root / ".copies" / f"{artifact.replace('/', '-')}.json"
        self._copies = self._read_notes()

    def fetch(self, progress: Progress) -> Path:
        """Have all files of the finished artifact here, as its record lists them; returns their folder.

        Raises ``StoreFailed`` if the record or a file is missing or damaged.
        """
        location = f"{self._objects.url}/{self._artifact}"
        try:
            record, _ = self._objects.read(f"{self._artifact}/{RECORD}")
            listed = read_record(record)["result"].get("files")
        except FileNotFoundError as error:
            raise StoreFailed(f"{location} is not complete: it has no record") from error
        except ValueError as error:
            raise StoreFailed(
                f"{location}/{RECORD} cannot be trusted ({error}); delete {location} to redo it"
            ) from error
        if listed is None:  # of a store that was copied here from a disk
            wanted = {path: (info.size, "") for path, info in self._remote_files().items()}
        else:
            wanted = {path: (int(size), str(digest)) for path, (size, digest) in listed.items()}
        self._delete_local(keep=wanted)
        missing = {path: size for path, (size, digest) in wanted.items() if not self._is_current(path, digest)}
        self._transfer(lambda path: self._download(path, *wanted[path]), missing, progress)
        self._copies = {path: copy for path, copy in self._copies.items() if path in wanted}
        inside(self.folder, RECORD).write_bytes(record)
        self._write_notes()
        return self.folder

    def resume(self, progress: Progress) -> None:
        """Make the local files those to continue from: the remote ones, or local ones that are ahead of them."""
        remote = self._remote_files()
        inside(self.folder, RECORD).unlink(missing_ok=True)
        if self._is_ahead_of(remote):
            return
        self._delete_local(keep=remote)
        self._copies = {
            path: copy
            for path, copy in self._copies.items()
            if path in remote and copy.version == remote[path].version and self._is_current(path, copy.digest)
        }
        missing = {path: info.size for path, info in remote.items() if path not in self._copies}
        self._transfer(lambda path: self._download(path, remote[path].size, ""), missing, progress)
        self._write_notes()

    def upload(self, progress: Progress) -> Files:
        """Upload what changed and delete what is gone; at every moment of it the remote files can be continued from.

        Returns all files. Only one thread may do this at a time; files may be written meanwhile.
        """
        self._notes.parent.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(dir=self._notes.parent) as scratch:
                # As they are now: those written after this may describe files that will not have been uploaded.
                state = self._snapshot(Path(scratch))
                local = self._local_files()
                ordinary = {path: size for path, size in self._changed(local).items() if path not in (*STATE, *LAST)}
                # The files at the top describe those in folders.
                for at_top in (True, False):
                    part = {path: size for path, size in ordinary.items() if ("/" not in path) == at_top}
                    self._transfer(lambda path: self._upload(path, self.folder / path), part, progress)
                for path, file in state.items():
                    self._note(path, self._upload(path, file))
            gone = [path for path in self._copies if path not in local]
            self._objects.delete(f"{self._artifact}/{path}" for path in gone)
            for path in gone:
                del self._copies[path]
            for path in self._changed(local):
                if path in LAST:
                    self._note(path, self._upload(path, self.folder / path))
        finally:
            self._write_notes()
        return {path: (copy.size, copy.digest) for path, copy in sorted(self._copies.items())}

    def delete_file(self, path: str) -> None:
        """Delete one file, remote and local."""
        self._objects.delete([f"{self._artifact}/{path}"])
        inside(self.folder, path).unlink(missing_ok=True)
        if self._copies.pop(path, None) is not None:
            self._write_notes()

    def delete(self) -> None:
        """Delete the artifact, remote and local, its record first."""
        self._objects.delete([f"{self._artifact}/{RECORD}"])
        self._objects.delete(f"{self._artifact}/{path}" for path in self._remote_files())
        self.delete_local()

    def delete_local(self) -> None:
        """Delete the local files alone."""
        self._notes.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_ahead(self) -> bool:
        """Whether a run would continue the unfinished artifact from the local files."""
        return self._is_ahead_of(self._remote_files())

    def _is_ahead_of(self, remote: dict[str, ObjectInfo]) -> bool:
        """Whether the remote files are those last uploaded from here, and all of these are still here."""
        uploaded = {path: copy.version for path, copy in self._copies.items()}
        return uploaded == {path: info.version for path, info in remote.items()} and all(
            (self.folder / path).is_file() for path in uploaded
        )

    def _remote_files(self) -> dict[str, ObjectInfo]:
        return {path: info for path, info in self._objects.files(self._artifact).items() if path != RECORD}

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

    def _changed(self, local: dict[str, os.stat_result]) -> dict[str, int]:
        """The size in bytes of every file that was not uploaded as it is now."""
        return {
            path: status.st_size
            for path, status in local.items()
            if path not in self._copies or self._copies[path][:2] != (status.st_size, status.st_mtime_ns)
        }

    def _snapshot(self, scratch: Path) -> dict[str, Path]:
        """Copies in ``scratch`` of the files of ``STATE`` that changed."""
        state = {}
        for name in self._changed(self._local_files()):
            if name not in STATE:
                continue
            state[name] = scratch / name
            try:
                if name.endswith(".txt"):  # appended to in place
                    shutil.copy2(self.folder / name, state[name])
                else:  # replaced as a whole
                    os.link(self.folder / name, state[name])
            except FileNotFoundError:
                del state[name]
        return state

    def _is_current(self, path: str, digest: str) -> bool:
        """Whether the local file is what was transferred as ``digest``, '' for any, and untouched since."""
        copy, file = self._copies.get(path), inside(self.folder, path)
        if copy is None or digest not in ("", copy.digest) or not file.is_file():
            return False
        status = file.stat()
        return copy[:2] == (status.st_size, status.st_mtime_ns)

    def _delete_local(self, keep: Collection[str]) -> None:
        for path in self.folder.rglob("*"):
            if not path.is_dir() and path.relative_to(self.folder).as_posix() not in keep:
                path.unlink()

    def _download(self, path: str, size: int, digest: str) -> Copy:
        try:
            return download(self._objects, f"{self._artifact}/{path}", inside(self.folder, path), size, digest)
        except FileNotFoundError as error:
            location = f"{self._objects.url}/{self._artifact}"
            raise StoreFailed(f"{location}/{path} is missing; delete {location} to redo it") from error
        except OSError as error:
            raise StoreFailed(f"cannot write {self.folder / path} ({error}); free space there") from error

    def _upload(self, path: str, file: Path) -> Copy | None:
        return upload(self._objects, file, f"{self._artifact}/{path}")

    def _transfer(self, work: Callable[[str], Copy | None], sizes: dict[str, int], progress: Progress) -> None:
        try:
            for path, copy in in_parallel(work, sizes, progress):
                self._note(path, copy)
        finally:
            self._write_notes()

    def _note(self, path: str, copy: Copy | None) -> None:
        if copy is not None:
            self._copies[path] = copy

    def _read_notes(self) -> dict[str, Copy]:
        try:
            return {path: Copy(*copy) for path, copy in read_json(self._notes).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # all is fetched again

    def _write_notes(self) -> None:
        write_json(self._notes, self._copies)
