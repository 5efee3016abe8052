"""Loops compiled to machine code, where NumPy would sweep over the same values many times."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """``function`` as machine code, which runs outside Python's lock.

    It is compiled when it is first called with arguments of these types, which takes a second or so, and kept on disk
    for the next process if there is a place to write to. Numba is imported no earlier than that.
    """

    @cache
    def machine_code() -> Callable[..., Any]:
        import numba

        try:
            return cast(Callable[..., Any], numba.njit(nogil=True, cache=True)(function))
        except RuntimeError:  # No place to keep it.
            return cast(Callable[..., Any], numba.njit(nogil=True)(function))

    @wraps(function)
    def call(*arguments: Any) -> Any:
        return machine_code()(*arguments)

    return cast(Function, call)
