"""Access to an object store by obstore: credentials from the environment, conditional writes, retries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import from_url

from storage.failure import StoreFailed
from storage.remote.faults import explain, is_missing_bucket

ENDPOINT = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
}
REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
S3_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
)
RETRIES = "LATENTFACES_STORE_RETRIES"


class ObjectInfo(NamedTuple):
    """A file in an object store. size: bytes; version: its ETag, which changes with the content."""

    size: int
    version: str


def retries() -> int:
    """How often a request is retried after a transient fault: 7 unless set in the environment."""
    text = os.environ.get(RETRIES, "7")
    if not text.isdigit():
        raise ValueError(f"{RETRIES} is {text!r}; expected a whole number")
    return int(text)


class ObjectStore:
    """The files below a prefix in a bucket, by relative paths with slashes.

    Transient faults are retried. Anything else that goes wrong raises ``StoreFailed`` in one clear line; a missing
    file is a ``FileNotFoundError``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._scheme = urlsplit(url).scheme
        self.endpoint = _from_environment(ENDPOINT[self._scheme])
        config: dict[str, Any] = {}
        attempts = retries()
        if self._scheme == "s3":
            config = {"endpoint": self.endpoint, "region": _from_environment(REGION) or "us-east-1"}
            if not any(os.environ.get(name) for name in S3_CREDENTIALS):
                attempts = min(attempts, 1)  # a cloud machine's own credential service is either near or absent
        backoff = {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=10), "base": 2}
        options: dict[str, Any] = {
            "config": {name: value for name, value in config.items() if value},
            "client_options": {
                "allow_http": (self.endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(minutes=5),
            },
            "retry_config": {"max_retries": attempts, "backoff": backoff, "retry_timeout": timedelta(minutes=3)},
        }
        try:
            self._store = from_url(url, **options)
        except BaseError as error:
            raise ValueError(explain(str(error), "open", self.url, self.endpoint)) from error

    def check(self) -> None:
        """Reach the store. A missing bucket, unlike a missing file, shows in a list only."""
        with self._explained("list"):
            next(iter(obstore.list(self._store, chunk_size=1)), None)

    def read(self, path: str) -> tuple[bytes, str]:
        """Content of a small file, and its version as ``swap`` takes it."""
        with self._explained(f"read {path}"):
            found = obstore.get(self._store, path)
            return bytes(found.bytes()), self._swap_version(found.meta)

    def write(self, path: str, content: bytes) -> str:
        """Write a small file by one PUT, whole or not at all; its version."""
        with self._explained(f"write {path}", writing=True):
            return _etag(obstore.put(self._store, path, content, use_multipart=False))

    def upload(self, file: Path, path: str) -> str:
        """Write a large file, in parts that become visible as a whole; its version."""
        with self._explained(f"write {path}", writing=True):
            return _etag(obstore.put(self._store, path, file, max_concurrency=4))

    def download(self, path: str, file: Path) -> str:
        """Stream a file to the local ``file``, so that memory does not grow with its size; its version."""
        with self._explained(f"read {path}"):
            found = obstore.get(self._store, path)
            with open(file, "wb") as target:
                for part in found.stream(min_chunk_size=4 * 2**20):
                    target.write(part)
            return _etag(found.meta)

    def exists(self, path: str) -> bool:
        """Whether the file is there."""
        try:
            self.modified(path)
        except FileNotFoundError:
            return False
        return True

    def modified(self, path: str) -> float:
        """When the file was written, in seconds since 1970 by the store's clock."""
        with self._explained(f"read {path}"):
            return obstore.head(self._store, path)["last_modified"].timestamp()

    def files(self, prefix: str) -> dict[str, ObjectInfo]:
        """All files below the folder ``prefix``, by their paths relative to it."""
        with self._explained(f"list {prefix}"):
            found = [entry for page in obstore.list(self._store, prefix) for entry in page]
        return {entry["path"].removeprefix(f"{prefix}/"): ObjectInfo(entry["size"], _etag(entry)) for entry in found}

    def folders(self, prefix: str = "") -> list[str]:
        """The names of the folders in the folder ``prefix``, in order."""
        with self._explained(f"list {prefix}"):
            found = obstore.list_with_delimiter(self._store, prefix or None)["common_prefixes"]
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def delete(self, paths: Iterable[str]) -> None:
        """Delete files; missing ones are fine."""
        unwanted = list(paths)
        with self._explained("delete", writing=True):
            try:
                obstore.delete(self._store, unwanted)
            except FileNotFoundError:
                # Azure and Google, unlike S3, report a missing one; then each by itself.
                for path in unwanted:
                    with suppress(FileNotFoundError):
                        obstore.delete(self._store, path)

    def swap(self, path: str, content: bytes, version: str | None) -> str | None:
        """Write a small file only if it still has ``version`` (None: is missing); its new version, None if not.

        By ``If-None-Match: *`` or ``If-Match``, on Google's stores by generations.
        """
        known = {"version": version} if self._scheme == "gs" else {"e_tag": f'"{version}"'}
        mode: Any = "create" if version is None else known
        try:
            with self._explained(f"write {path}", writing=True):
                return self._swap_version(obstore.put(self._store, path, content, mode=mode, use_multipart=False))
        except (AlreadyExistsError, PreconditionError):
            return None

    def _swap_version(self, meta: Mapping[str, Any]) -> str:
        return str(meta["version"]) if self._scheme == "gs" else _etag(meta)

    @contextmanager
    def _explained(self, action: str, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except (AlreadyExistsError, PreconditionError):
            raise
        except (FileNotFoundError, BaseError) as error:
            text = str(error)
            if isinstance(error, FileNotFoundError) and not writing and not is_missing_bucket(text):
                raise FileNotFoundError(f"{self.url}: there is no such file to {action}") from error
            raise StoreFailed(explain(text, action, self.url, self.endpoint)) from error


def _etag(meta: Mapping[str, Any]) -> str:
    """Azure quotes it in some answers and not in others."""
    return str(meta["e_tag"]).strip('"')


def _from_environment(names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)
