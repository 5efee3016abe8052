"""Faults outside a stage: which are temporary, and what to say about the others."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from storage.artifact import IDENTITY
from storage.failure import StoreFailed
from tasks.stage.step import StageContext

RETRIES = 3
RETRY_SECONDS = [5.0, 30.0, 120.0]
"""Waits before a stage is retried after a temporary fault; finished work is kept."""

TEMPORARY_NUMBERS = frozenset(
    {
        errno.ECONNABORTED,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EPIPE,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
TEMPORARY_NAMES = frozenset(
    {
        "ClientConnectionError",  # aiohttp
        "ConnectTimeoutError",  # botocore
        "ConnectionClosedError",
        "EndpointConnectionError",
        "HTTPClientError",
        "ReadTimeoutError",
        "TransportError",  # httpx
        "CommClosedError",  # distributed
    }
)
"""Exceptions of libraries that need not be installed, by the name of their class or of one that it derives from."""


def is_temporary(error: BaseException | None) -> bool:
    """Whether ``error``, or its cause, is a connection fault, which may be gone the next time."""
    while error is not None:
        if isinstance(error, ConnectionError | TimeoutError):
            return True
        if isinstance(error, OSError) and error.errno in TEMPORARY_NUMBERS:
            return True
        if any(kind.__name__ in TEMPORARY_NAMES for kind in type(error).__mro__):
            return True
        error = error.__cause__
    return False


def worth_retrying(task: Any, run: Any, state: Any) -> bool:
    """Prefect's ``retry_condition_fn``: retry after a temporary fault, never after wrong input."""
    return isinstance(state.data, BaseException) and is_temporary(state.data)


@contextmanager
def faults_explained(context: StageContext) -> Iterator[None]:
    """Explain a vanished store, a full or read-only disk and a damaged chunk in the error that is raised."""
    try:
        yield
    except Exception as error:
        # Here, as it loads Zarr, which a study that is all cached does without.
        from storage.verify import looks_damaged

        check_presence(context, error)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(_no_space(context)) from error
        if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise OSError(_no_permission(context, error)) from error
        if looks_damaged(error) and (text := _first_damage(context)):
            raise ValueError(text) from error
        raise


def check_presence(context: StageContext, cause: Exception | None = None) -> None:
    """Raise ``OSError`` if the store or the step's folder was deleted: the next write would create either again."""
    try:
        context.store.check_presence()
    except StoreFailed as failure:
        raise OSError(str(failure)) from cause
    if not (context.out / IDENTITY).is_file() and cause is None:
        raise OSError(
            f"{context.out} was deleted while {context.step.name} was using it: delete what is left of it and run again"
        )


def _no_permission(context: StageContext, error: OSError) -> str:
    return (
        f"{context.step.name}: {error.filename or context.store.root} cannot be opened ({error.strerror}): "
        "check its permissions and mount, and run again; finished work is kept"
    )


def _no_space(context: StageContext) -> str:
    root, step = context.store.root, context.step
    free = shutil.disk_usage(root).free / 1e6
    return (
        f"no space left for {step.artifact}/{step.key} in {root} ({free:,.0f} MB free): free some space ('latentfaces "
        "gc' lists what can be deleted) and run again; finished work is kept"
    )


def _first_damage(context: StageContext) -> str:
    """What is damaged among all that the step reads and has written; empty if nothing is."""
    from storage.verify import damaged_chunks

    for folder in [*map(context.input, context.step.inputs), context.out]:
        found = list(damaged_chunks(folder))
        if found:
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            return f"{found[0]}{more}; delete {folder} and run again: nothing else is recomputed"
    return ""
