"""Remote stores of every other kind, by fsspec. No conditional writes, hence no locks between machines."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import fsspec

from storage.remote import Entry
from storage.store import StoreFailure

T = TypeVar("T")

TRIES = 4
FIRST_PAUSE = 0.5
_VERSION = ("ETag", "etag", "md5Hash", "mtime", "created", "modified", "LastModified", "last_modified")


class FilesystemRemote:
    """A folder of an fsspec file system."""

    conditional = False

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._files, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise ValueError(f"the store {url} needs a package that is not installed: {error}") from error
        except ValueError as error:
            raise ValueError(f"the store {url}: {error}; s3:// and a local folder always work") from error
        self._root = str(root).rstrip("/")

    def check(self) -> None:
        """Look for the folder."""
        self._tried("look", lambda: self._files.exists(self._root))

    def read(self, path: str) -> tuple[bytes, str]:
        """Content and version."""
        name = self._name(path)
        return self._tried(f"read {path}", lambda: (bytes(self._files.cat_file(name)), _version(self._info(name))))

    def write(self, path: str, content: bytes) -> str:
        """Written beside its place and moved there."""
        return self._put(path, lambda name: self._files.pipe_file(name, content))

    def upload(self, file: Path, path: str) -> str:
        """Written beside its place and moved there."""
        return self._put(path, lambda name: self._files.put_file(str(file), name))

    def download(self, path: str, file: Path) -> str:
        """As the file system does it."""
        name = self._name(path)
        self._tried(f"read {path}", lambda: self._files.get_file(name, str(file)))
        return self._tried(f"look at {path}", lambda: _version(self._info(name)))

    def exists(self, path: str) -> bool:
        """Whether the file is there."""
        return self._tried(f"look at {path}", lambda: bool(self._files.isfile(self._name(path))))

    def modified(self, path: str) -> float:
        """0 where the file system does not tell."""
        try:
            return float(self._tried(f"look at {path}", lambda: self._files.modified(self._name(path)).timestamp()))
        except NotImplementedError:
            return 0.0

    def listing(self, prefix: str) -> dict[str, Entry]:
        """By one recursive search."""
        base = self._name(prefix)

        def search() -> dict[str, Entry]:
            self._files.invalidate_cache()
            found = self._files.find(base, detail=True)
            below = {name: info for name, info in found.items() if not name.endswith(".partial")}
            return {
                name.removeprefix(f"{base}/"): Entry(int(info["size"]), _version(info)) for name, info in below.items()
            }

        return self._tried(f"list {prefix}", search)

    def folders(self, prefix: str = "") -> list[str]:
        """By one list."""
        base = self._name(prefix) if prefix else self._root

        def search() -> list[str]:
            self._files.invalidate_cache()
            if not self._files.isdir(base):
                return []
            found = self._files.ls(base, detail=True)
            return sorted(str(i["name"]).rstrip("/").rpartition("/")[2] for i in found if i["type"] == "directory")

        return self._tried(f"list {prefix}", search)

    def remove(self, paths: Iterable[str]) -> None:
        """One by one."""
        for path in paths:
            try:
                self._tried(f"delete {path}", partial(self._files.rm_file, self._name(path)))
            except FileNotFoundError:
                continue

    def swap(self, path: str, content: bytes, version: str | None) -> str | None:
        """Not to be had."""
        raise NotImplementedError("this kind of store has no conditional writes")

    def _name(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _info(self, name: str) -> dict[str, Any]:
        self._files.invalidate_cache()
        return dict(self._files.info(name))

    def _put(self, path: str, write: Callable[[str], Any]) -> str:
        name = self._name(path)
        folder, _, last = name.rpartition("/")
        temporary = f"{folder}/.{last}.{secrets.token_hex(4)}.partial"

        def put() -> str:
            self._files.makedirs(folder, exist_ok=True)
            write(temporary)
            self._files.mv(temporary, name)
            return _version(self._info(name))

        return self._tried(f"write {path}", put, writing=True)

    def _tried(self, what: str, action: Callable[[], T], writing: bool = False) -> T:
        """What ``action`` gives, tried several times with growing pauses."""
        pause = FIRST_PAUSE
        for remaining in reversed(range(TRIES)):
            try:
                return action()
            except (FileNotFoundError, NotImplementedError, PermissionError) as error:
                if not writing and not isinstance(error, PermissionError):
                    raise
                reason = "access denied" if isinstance(error, PermissionError) else "it cannot be written to"
                raise StoreFailure(f"the store {self.url}: {reason} ({what}); name another with --store") from error
            except Exception as error:
                if not remaining:
                    raise StoreFailure(
                        f"the store {self.url} failed, {TRIES} times ({what}: {type(error).__name__}: "
                        f"{' '.join(str(error).split())[:200]}). Nothing finished is lost: the same command continues"
                    ) from error
            time.sleep(pause)
            pause *= 2
        raise AssertionError("not reached")


def _version(info: dict[str, Any]) -> str:
    return str(next((info[name] for name in _VERSION if info.get(name) is not None), info["size"]))
