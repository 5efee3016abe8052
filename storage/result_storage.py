"""Prefect's result storage on the store itself, so that an artifact and its cache entry are one thing."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from prefect.filesystems import WritableFileSystem
from prefect.serializers import JSONSerializer

from storage.failure import StoreFailed
from storage.opening import find_store
from storage.record import read_record
from storage.store import Store


def plain_serializer() -> JSONSerializer[Any]:
    """JSON that encodes no classes and so, when read, imports none."""
    return JSONSerializer(object_encoder=None, object_decoder=None)


class ResultStorage(WritableFileSystem):
    """The records ``<artifact>/<key>/record.json`` of the store at ``root``, a path or a URL.

    Reads are vetted, writes are whole or absent, and any failure but a missing record raises
    ``StoreFailed``, which Prefect does not take for a cache miss.
    """

    _block_type_name = "latentfaces records"
    _block_type_slug = "latentfaces-records"

    root: str

    def _resolve_path(self, path: str) -> str | None:
        # Prefect turns keys into absolute paths where this returns one; relative keys let a store be moved.
        return None

    @cached_property
    def _store(self) -> Store:
        return find_store(self.root)

    def read_path(self, path: str, _sync: bool = True) -> bytes:  # type: ignore[override]
        """The vetted record at ``path``; ``FileNotFoundError`` if there is none."""
        location = f"{self._store.location}/{path}"
        try:
            content = self._store.read(path)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreFailed(f"cannot read {location}: {error}") from error
        try:
            read_record(content)
        except ValueError as error:
            folder = location.rpartition("/")[0]
            raise StoreFailed(f"{location} cannot be trusted ({error}); delete {folder} to redo it") from error
        return content

    async def aread_path(self, path: str) -> bytes:
        """As ``read_path``, for Prefect's asynchronous engine."""
        return self.read_path(path)

    def write_path(self, path: str, content: bytes, _sync: bool = True) -> None:  # type: ignore[override]
        """Write the record at ``path``, whole or not at all."""
        try:
            self._store.write(path, content)
        except OSError as error:
            raise StoreFailed(f"cannot write {self._store.location}/{path}: {error}") from error

    async def awrite_path(self, path: str, content: bytes) -> None:
        """As ``write_path``, for Prefect's asynchronous engine."""
        self.write_path(path, content)
