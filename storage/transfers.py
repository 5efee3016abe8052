"""Files between here and a remote store: several at a time, hashed on the way, counted for the progress."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeVar

from storage.remote import Remote
from storage.store import StoreFailure, Told

AT_A_TIME = 8
SMALL = 8 * 2**20
MIB = 2**20

T = TypeVar("T")


class Copied(NamedTuple):
    """A file as it is here and there. size: bytes; modified: ns, here; digest: of the content, '' if not known;
    version: there."""

    size: int
    modified: int
    digest: str
    version: str


def digest_of(file: Path) -> str:
    """32 hexadecimal digits of BLAKE2b over the content."""
    with open(file, "rb") as content:
        return hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def inside(folder: Path, path: str) -> Path:
    """``folder/path``. Raises ``StoreFailure`` for a path that would lead out: it comes from outside."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or not parts.parts or ".." in parts.parts or "\\" in path or "\0" in path:
        raise StoreFailure(f"{path!r} is not a path inside an artifact; the store holds what this project never wrote")
    return folder / parts


def upload(remote: Remote, file: Path, path: str) -> Copied | None:
    """Upload ``file``; None if it is gone by now. What is noted of it is older than what is sent, never newer."""
    try:
        before = file.stat()
        if before.st_size <= SMALL:
            content = file.read_bytes()
            digest = hashlib.blake2b(content, digest_size=16).hexdigest()
            version = remote.write(path, content)
        else:
            digest = digest_of(file)
            version = remote.upload(file, path)
    except FileNotFoundError:
        return None
    return Copied(before.st_size, before.st_mtime_ns, digest, version)


def download(remote: Remote, path: str, file: Path, size: int, digest: str) -> Copied:
    """Bring ``path`` to ``file``, whole or not at all.

    Raises ``StoreFailure`` if it has another size or, where ``digest`` is not '', another content, twice.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}.partial")
    try:
        for _ in range(2):
            version = remote.download(path, temporary)
            found = digest_of(temporary)
            if temporary.stat().st_size == size and digest in ("", found):
                temporary.replace(file)
                return Copied(size, file.stat().st_mtime_ns, found, version)
    finally:
        temporary.unlink(missing_ok=True)
    artifact = "/".join(path.split("/")[:2])
    raise StoreFailure(
        f"{remote.url}/{path} is damaged: its checksum is not the one in the record; delete {remote.url}/{artifact} "
        "to redo it"
    )


def side_by_side(work: Callable[[str], T], sizes: dict[str, int], told: Told) -> Iterable[tuple[str, T]]:
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
                told(count, len(sizes), f"files, {done:.1f} of {total:.1f} MB")
                yield path, result
        finally:
            for future in running:
                future.cancel()
