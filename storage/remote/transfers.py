"""Files between this machine and an object store: several at a time, hashed on the way, counted for the progress."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeVar

from storage.failure import StoreFailed
from storage.remote.objects import ObjectStore
from storage.store import Progress

AT_A_TIME = 8
SMALL = 8 * 2**20
MIB = 2**20

T = TypeVar("T")


class Copy(NamedTuple):
    """A file that is equal here and in the store. size: bytes; modified: of the local file, ns; digest: of the content,
    '' if not known; version: of the remote file."""

    size: int
    modified: int
    digest: str
    version: str


def digest_of(file: Path) -> str:
    """32 hexadecimal digits of BLAKE2b over the content."""
    with open(file, "rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def inside(folder: Path, path: str) -> Path:
    """``folder/path``. Raises ``StoreFailed`` for a path that would lead out: it comes from outside."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or not parts.parts or ".." in parts.parts or "\\" in path or "\0" in path:
        raise StoreFailed(f"{path!r} is not a path inside an artifact: this program did not write that record")
    return folder / parts


def upload(objects: ObjectStore, file: Path, path: str) -> Copy | None:
    """Upload ``file``; None if it is gone by now. The time noted of it is older than what is sent, never newer."""
    try:
        before = file.stat()
        if before.st_size <= SMALL:
            content = file.read_bytes()
            digest = hashlib.blake2b(content, digest_size=16).hexdigest()
            version = objects.write(path, content)
        else:
            digest = digest_of(file)
            version = objects.upload(file, path)
    except FileNotFoundError:
        return None
    return Copy(before.st_size, before.st_mtime_ns, digest, version)


def download(objects: ObjectStore, path: str, file: Path, size: int, digest: str) -> Copy:
    """Download ``path`` to ``file``, whole or not at all.

    Raises ``StoreFailed`` if it has another size or, where ``digest`` is not '', another content, twice.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}.partial")
    try:
        for _ in range(2):
            version = objects.download(path, temporary)
            found = digest_of(temporary)
            if temporary.stat().st_size == size and digest in ("", found):
                temporary.replace(file)
                return Copy(size, file.stat().st_mtime_ns, found, version)
    finally:
        temporary.unlink(missing_ok=True)
    artifact = "/".join(path.split("/")[:2])
    raise StoreFailed(
        f"{objects.url}/{path} is damaged: its checksum differs from the record's; delete {objects.url}/{artifact} to "
        "redo it"
    )


def in_parallel(work: Callable[[str], T], sizes: dict[str, int], progress: Progress) -> Iterable[tuple[str, T]]:
    """``work`` on every path of ``sizes`` (bytes), a few at a time, in the order in which they finish.

    The first failure ends it: what has not begun is dropped.
    """
    total = sum(sizes.values()) / MIB
    done = 0.0
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        running = {pool.submit(work, path): path for path in sizes}
        try:
            for count, future in enumerate(as_completed(running), 1):
                path = running[future]
                result = future.result()
                done += sizes[path] / MIB
                progress(count, len(sizes), f"files, {done:.1f} of {total:.1f} MB")
                yield path, result
        finally:
            for future in running:
                future.cancel()
