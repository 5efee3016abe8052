"""This machine's threads as workers: Dask's threaded scheduler, which costs a unit of work next to nothing.

Dask's distributed one, with threads in this process, takes 15 ms a unit in event loops and messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import Full, Queue
from threading import Event
from typing import Any

from dask.threaded import get
from threadpoolctl import threadpool_limits

from tasks.compute.cluster.pool import Result, Unit

POLL_SECONDS = 0.5


class Threads:
    """``count`` threads of this process; the statistics' units do their arithmetic outside Python's lock."""

    def __init__(self, count: int) -> None:
        self._count = count

    def as_finished(
        self,
        function: Callable[..., Result],
        tasks: Iterable[tuple[Unit, Sequence[Any]]],
        shared: Any = None,
    ) -> Iterator[tuple[Unit, Result]]:
        """As ``Pool.as_finished``: no more than two results a thread wait for the caller."""
        finished: Queue[tuple[Unit, Result] | None] = Queue(2 * self._count)
        ended = Event()

        def hand_over(one: tuple[Unit, Result] | None) -> None:
            while not ended.is_set():
                with suppress(Full):
                    finished.put(one, timeout=POLL_SECONDS)
                    return

        def do(unit: Unit, arguments: Sequence[Any]) -> None:
            if not ended.is_set():
                hand_over((unit, function(unit, shared, *arguments)))

        def compute() -> None:
            try:
                graph = {number: (partial(do, unit, arguments),) for number, (unit, arguments) in enumerate(tasks)}
                get(graph, list(graph), pool=pool)
            finally:
                hand_over(None)

        with (
            threadpool_limits(limits=1, user_api="blas"),
            ThreadPoolExecutor(self._count) as pool,
            ThreadPoolExecutor(1) as scheduler,
        ):
            computing = scheduler.submit(compute)
            try:
                while (one := finished.get()) is not None:
                    yield one
                computing.result()
            finally:
                ended.set()
