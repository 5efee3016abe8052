"""What computes units of work: threads of this machine, its processes, or a cluster's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

Unit = TypeVar("Unit")
"""What one unit works on: a block, a chunk, some names."""
Result = TypeVar("Result")


class Pool(Protocol):
    """A unit of work is a function of a module, applied to arguments; it returns arrays and writes nothing."""

    def as_finished(
        self,
        function: Callable[..., Result],
        tasks: Iterable[tuple[Unit, Sequence[Any]]],
        shared: Any = None,
    ) -> Iterator[tuple[Unit, Result]]:
        """``function(unit, shared, *arguments)`` of each (unit, arguments), in the order in which they finish.

        ``shared`` goes to each worker once. No more than a few units per worker are under way, so that memory
        stays bounded however many there are. BLAS uses one thread meanwhile.
        """
