"""The error that ends a run because of its store."""

from __future__ import annotations


class StoreFailed(BaseException):
    """The store cannot be read or written, or holds what cannot be trusted.

    Not an ``Exception``: Prefect treats any of those as a missing result when its result storage raises one while
    reading, and drops it and calls the run completed when it comes from writing.
    """
