"""What a remote store must be able to do, and which URLs name one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from storage.store import without_credentials

OBJECT_STORES = {"s3": "s3", "s3a": "s3", "gs": "gs", "az": "az", "azure": "az"}
"""Schemes spoken natively, with conditional writes, by their plain names; any other one goes through fsspec."""


class Entry(NamedTuple):
    """A remote file. size: bytes; version: changes with every write (an ETag, where there is one)."""

    size: int
    version: str


class Remote(Protocol):
    """Files below a URL, by relative paths with slashes.

    Transient faults are tried again inside. Whatever else goes wrong raises ``StoreFailure`` in one clear line;
    an absent file is a ``FileNotFoundError``.
    """

    url: str
    conditional: bool
    """Whether ``swap`` works, which locks need."""

    def check(self) -> None:
        """Reach the store and raise ``StoreFailure`` if that fails; an empty one is fine."""

    def read(self, path: str) -> tuple[bytes, str]:
        """Content of a small file, and its version as ``swap`` takes it."""

    def write(self, path: str, content: bytes) -> str:
        """Write a small file, whole or not at all; its version."""

    def upload(self, file: Path, path: str) -> str:
        """Write a large file, whole or not at all; its version."""

    def download(self, path: str, file: Path) -> str:
        """Bring a file to the local ``file``, which is written in place; its version."""

    def exists(self, path: str) -> bool:
        """Whether the file is there."""

    def modified(self, path: str) -> float:
        """When the file was written, in seconds since 1970."""

    def listing(self, prefix: str) -> dict[str, Entry]:
        """All files below the folder ``prefix``, by their paths relative to it."""

    def folders(self, prefix: str = "") -> list[str]:
        """The names of the folders in the folder ``prefix``, in order."""

    def remove(self, paths: Iterable[str]) -> None:
        """Delete files; absent ones are fine."""

    def swap(self, path: str, content: bytes, version: str | None) -> str | None:
        """Write a small file only if it still has ``version`` (None: is absent); its new version, None if not."""


def checked_url(url: str) -> str:
    """``url`` without a slash at its end. Raises ``ValueError`` if it holds credentials or names no place."""
    parts = urlsplit(without_credentials(url))
    if parts.query or parts.fragment:
        # Not repeated: it may hold a password.
        raise ValueError(
            f"the {parts.scheme}:// URL of the store holds a query or a fragment; give it as "
            f"{parts.scheme}://bucket/prefix and the credentials in the environment, where no log or record shows them"
        )
    if not parts.netloc and not parts.path.strip("/"):
        raise ValueError(f"the store {url} names no place; expected {parts.scheme}://bucket/prefix")
    if ".." in parts.path.split("/"):
        raise ValueError(f"the store {url} has '..' in its path; give the path without")
    return url.rstrip("/")


def open_remote(url: str) -> Remote:
    """The remote store at ``url``; nothing is read or written yet.

    Raises ``ValueError`` for a URL that holds credentials, or of a kind that is not known or not installed.
    """
    url = checked_url(url)
    if url.partition("://")[0] in OBJECT_STORES:
        from storage.objects import ObjectRemote

        return ObjectRemote(url)
    from storage.filesystems import FilesystemRemote

    return FilesystemRemote(url)
