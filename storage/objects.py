"""Remote stores on S3 and its like, by obstore: credentials from the environment, conditional writes, retries."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import from_url

from storage.remote import OBJECT_STORES, Entry
from storage.store import StoreFailure

ENDPOINT = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
    "gs": (),
}
ASKED_FOR = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
}
REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
S3_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SKIP_SIGNATURE",
)
NO_BUCKET = ("NoSuchBucket", "ContainerNotFound")
NO_CREDENTIALS = (
    "/latest/api/token",
    "/latest/meta-data/",
    "computeMetadata/v1",
    "metadata/identity/oauth2/token",
    "Account must be specified",
)
"""What is in the messages where a cloud machine's own service for credentials was asked last, in vain."""
RETRIES = "LATENTFACES_STORE_RETRIES"


def retries() -> int:
    """How often a request is sent again after a transient fault, 7 unless the environment says otherwise."""
    text = os.environ.get(RETRIES, "7")
    if not text.isdigit():
        raise ValueError(f"{RETRIES} is {text!r}; expected a whole number")
    return int(text)


class ObjectRemote:
    """A bucket and a prefix in it."""

    conditional = True

    def __init__(self, url: str) -> None:
        self.url = url
        scheme, bucket, prefix, *_ = urlsplit(url)
        self._kind, self._bucket = OBJECT_STORES[scheme], bucket
        self.endpoint = _from_environment(ENDPOINT[self._kind])
        config: dict[str, Any] = {}
        attempts = retries()
        if self._kind == "s3":
            config["endpoint"] = self.endpoint
            config["region"] = _from_environment(REGION) or "us-east-1"
            if not any(os.environ.get(name) for name in S3_CREDENTIALS):
                attempts = min(attempts, 1)  # what remains is a cloud machine's own service, near or not there at all
        options: dict[str, Any] = {
            "config": {name: value for name, value in config.items() if value},
            "client_options": {
                "allow_http": (self.endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(minutes=5),
            },
            "retry_config": {
                "max_retries": attempts,
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=10),
                    "base": 2,
                },
                "retry_timeout": timedelta(minutes=3),
            },
        }
        try:
            self._store = from_url(f"{scheme}://{bucket}{prefix}", **options)
        except BaseError as error:
            raise ValueError(self._explain(str(error), "open")) from error

    def check(self) -> None:
        """Ask for one name: a missing bucket, unlike a missing file, shows in a list only."""
        with self._explained("list"):
            next(iter(obstore.list(self._store, chunk_size=1)), None)

    def read(self, path: str) -> tuple[bytes, str]:
        """Content and version."""
        with self._explained(f"read {path}"):
            found = obstore.get(self._store, path)
            return bytes(found.bytes()), self._compared(found.meta)

    def write(self, path: str, content: bytes) -> str:
        """One PUT."""
        with self._explained(f"write {path}", writing=True):
            return _version(obstore.put(self._store, path, content, use_multipart=False))

    def upload(self, file: Path, path: str) -> str:
        """One PUT, or a multipart upload, which becomes visible as a whole too."""
        with self._explained(f"write {path}", writing=True):
            return _version(obstore.put(self._store, path, file, max_concurrency=4))

    def download(self, path: str, file: Path) -> str:
        """Streamed, so that memory does not grow with the file."""
        with self._explained(f"read {path}"):
            found = obstore.get(self._store, path)
            with open(file, "wb") as target:
                for part in found.stream(min_chunk_size=4 * 2**20):
                    target.write(part)
            return _version(found.meta)

    def exists(self, path: str) -> bool:
        """One HEAD."""
        try:
            self.modified(path)
        except FileNotFoundError:
            return False
        return True

    def modified(self, path: str) -> float:
        """By the store's clock."""
        with self._explained(f"look at {path}"):
            return obstore.head(self._store, path)["last_modified"].timestamp()

    def listing(self, prefix: str) -> dict[str, Entry]:
        """Page by page."""
        with self._explained(f"list {prefix}"):
            pages = obstore.list(self._store, prefix)
            found = {one["path"]: Entry(one["size"], _version(one)) for page in pages for one in page}
        return {path.removeprefix(f"{prefix}/"): entry for path, entry in found.items()}

    def folders(self, prefix: str = "") -> list[str]:
        """The common prefixes."""
        with self._explained(f"list {prefix}"):
            found = obstore.list_with_delimiter(self._store, prefix or None)["common_prefixes"]
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def remove(self, paths: Iterable[str]) -> None:
        """A thousand at a time, as S3 takes them."""
        unwanted = list(paths)
        with self._explained("delete", writing=True):
            for start in range(0, len(unwanted), 1000):
                try:
                    obstore.delete(self._store, unwanted[start : start + 1000])
                except FileNotFoundError:
                    # Some stores mind that one of them is absent; then each by itself.
                    for path in unwanted[start : start + 1000]:
                        _delete_one(self._store, path)

    def swap(self, path: str, content: bytes, version: str | None) -> str | None:
        """``If-None-Match: *`` or ``If-Match``; Google's equivalents."""
        try:
            with self._explained(f"write {path}", writing=True):
                known = {"version": version} if self._kind == "gs" else {"e_tag": f'"{version}"'}
                mode: Any = "create" if version is None else known
                return self._compared(obstore.put(self._store, path, content, mode=mode, use_multipart=False))
        except (AlreadyExistsError, PreconditionError):
            return None

    def _compared(self, meta: Mapping[str, Any]) -> str:
        """What a conditional write compares; Google's stores go by generations, not by ETags."""
        return str(meta["version"]) if self._kind == "gs" else _version(meta)

    @contextmanager
    def _explained(self, what: str, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if not any(name in str(error) for name in NO_BUCKET) and not writing:
                raise FileNotFoundError(f"{self.url}: there is no such file to {what}") from error
            raise StoreFailure(self._explain(str(error), what)) from error
        except (AlreadyExistsError, PreconditionError):
            raise
        except BaseError as error:
            raise StoreFailure(self._explain(str(error), what)) from error

    def _explain(self, text: str, what: str) -> str:
        """What went wrong and the way out, from obstore's long-winded message, of which little is passed on."""
        refused = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "401 Unauthorized")
        store = f"the store {self.url}"
        if any(name in text for name in NO_BUCKET):
            return f"{store}: there is no bucket {self._bucket!r}; make it, or correct --store"
        if any(word in text for word in refused):
            return f"{store} does not accept the credentials in the environment; set valid ones, and run again"
        if any(word in text for word in NO_CREDENTIALS) or "credential" in text.lower():
            return f"{store}: there are no credentials in the environment; set {ASKED_FOR[self._kind]}, and run again"
        if "AccessDenied" in text or "403 Forbidden" in text:
            return (
                f"{store}: access denied ({what}); the credentials in the environment need the rights to list, read, "
                "write and delete there"
            )
        if "PermanentRedirect" in text or " 301 " in text or "AuthorizationHeaderMalformed" in text:
            return f"{store} lies in another region; set AWS_REGION"
        where = f" at {self.endpoint}" if self.endpoint else ""
        again = "Nothing finished is lost: once it is back, the same command continues"
        if "HTTP error" in text or "timed out" in text or "error sending request" in text:
            return f"{store} cannot be reached{where} (tried for a while: {what}). {again}"
        status = text.partition("status code: ")[2].partition(":")[0].strip()
        if status:
            return f"{store}{where} answers {status} ({what}). {again}"
        return f"{store}{where} failed ({what}: {text.splitlines()[0][:200]}). {again}"


def _version(meta: Mapping[str, Any]) -> str:
    """The ETag; Azure quotes it in some answers and not in others."""
    return str(meta["e_tag"]).strip('"')


def _from_environment(names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _delete_one(store: Any, path: str) -> None:
    try:
        obstore.delete(store, path)
    except FileNotFoundError:
        return
