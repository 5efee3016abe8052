"""Checks that a worker sees the same files and has the same code, before its results are used."""

from __future__ import annotations

import platform
import secrets
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from storage.files import write_text
from storage.keys import project_code
from tasks.stage.errors import InputError


def versions() -> dict[str, str]:
    """The software on which the bits of a unit's result depend."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("numba", "numpy", "zarr")}}


class Token(NamedTuple):
    """A file in the store whose name cannot be guessed, and what the run that wrote it consists of.

    ``digest``: of the code that the roots ``code`` reach.
    """

    path: str
    code: tuple[str, ...]
    digest: str
    versions: tuple[tuple[str, str], ...]


@contextmanager
def token_file(out: Path, code: Sequence[str]) -> Iterator[Token]:
    """While inside, a file in ``out`` by which workers can tell that they see it; ``code``: what they run."""
    # Should this process be killed: leftovers of this name are removed before the artifact is continued.
    path = out / f".visible-{secrets.token_hex(8)}.partial"
    write_text(path, "")
    try:
        yield Token(str(path), tuple(code), project_code().of(code).digest, tuple(versions().items()))
    finally:
        path.unlink(missing_ok=True)


def check_visible(path: Path, named: Path | None = None) -> None:
    """Raise ``InputError`` that names this worker's machine, and ``named`` if given, if ``path`` is not there."""
    if not path.exists():
        raise InputError(
            f"a Dask worker on {socket.gethostname()} does not see {named or path}: the store and the data must be on "
            "a file system that every worker mounts at the same path"
        )


@lru_cache(maxsize=16)
def check_worker(token: Token) -> None:
    """Raise ``InputError`` that names this worker's machine if it does not see ``token`` or runs other code."""
    host = socket.gethostname()
    check_visible(Path(token.path), Path(token.path).parent)
    if project_code().of(token.code).digest != token.digest:
        raise InputError(
            f"a Dask worker on {host} runs a different version of {', '.join(token.code)}: install the same version of "
            "latentfaces there and restart the worker"
        )
    if versions() != dict(token.versions):
        raise InputError(
            f"a Dask worker on {host} has {versions()}, this run has {dict(token.versions)}: install the same versions"
        )
