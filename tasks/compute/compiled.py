"""Loops compiled to machine code, where NumPy would sweep over the same values many times."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Hashable
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy.typing as npt
from filelock import FileLock

from storage.cache import cache_folder

_ONE_AT_A_TIME = Lock()
_UNKEPT = (OSError, RuntimeError, EOFError, pickle.UnpicklingError)
"""Raised where there is no place to keep machine code, not even a home, or what was kept there is damaged."""


class Compiled:
    """A function of arrays as machine code, which runs outside Python's lock; it returns a number or nothing.

    It is compiled when it is first called with arrays of these kinds, which takes a second; Numba is imported no
    earlier. The code is kept on disk for other processes, if there is a place for it, in a folder named by the source
    and the compiler: Numba's own place would serve old code where two processes write at once, or one dies in writing.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__doc__ = function.__doc__
        self._function = function
        self._code: Callable[..., Any] | None = None
        self._known: set[Hashable] = set()

    def __call__(self, *arrays: npt.NDArray[Any]) -> Any:
        """What the function returns."""
        kinds = tuple((array.dtype, array.ndim, array.flags.c_contiguous, array.flags.writeable) for array in arrays)
        if self._code is not None and kinds in self._known:
            return self._code(*arrays)
        with _ONE_AT_A_TIME:
            result = self._first_call(arrays)
            self._known.add(kinds)
            return result

    def _first_call(self, arrays: tuple[npt.NDArray[Any], ...]) -> Any:
        try:
            folder = _folder(Path(self._function.__code__.co_filename))
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "lock"):
                self._code = self._code or _machine_code(self._function, folder)
                return self._code(*arrays)
        except _UNKEPT:
            self._code = _machine_code(self._function, None)
            return self._code(*arrays)


def _folder(source: Path) -> Path:
    digest = hashlib.sha256(source.read_bytes())
    for package in ("numba", "llvmlite", "numpy"):
        digest.update(f"{package} {version(package)} ".encode())
    return cache_folder() / "compiled" / digest.hexdigest()[:16]


def _machine_code(function: Callable[..., Any], folder: Path | None) -> Callable[..., Any]:
    """The compiler for ``function``, which keeps its work in ``folder``."""
    import numba

    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder or "")
    try:
        code: Callable[..., Any] = numba.njit(nogil=True, cache=folder is not None)(function)
    finally:
        numba.config.CACHE_DIR = before
    return code
