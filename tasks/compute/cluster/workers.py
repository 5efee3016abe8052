"""Dask's workers as a pool that outlives any one of them.

The process that asked for a unit of work is the only one that writes. So a unit that a lost worker leaves behind is
done again by another, and whatever two workers return for one unit is the same.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, wait
from threadpoolctl import threadpool_limits

from tasks.compute.cluster.config import DaskConfig
from tasks.compute.cluster.pool import Result, Unit
from tasks.compute.cluster.worker_check import Token, check_worker, token_file
from tasks.compute.interruption import children_without_ctrl_c

log = logging.getLogger("latentfaces")

LOOPBACK = "127.0.0.1:0"
"""Where Dask's HTTP servers go, which start even without a dashboard, and by default for all the network."""

ALLOCATOR = {
    f"distributed.nanny.pre-spawn-environ.MALLOC_{name}_": size
    for name, size in (("TRIM_THRESHOLD", 2**29), ("MMAP_THRESHOLD", 2**29), ("TOP_PAD", 2**26))
}
"""What lets a worker process keep the memory of a block for the next one: Dask has it given back after every array, and
asking the system for it again takes as long as the arithmetic."""

QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
}
"""Dask would sample its threads a hundred times a second for a dashboard that nobody opens."""

POLL_SECONDS = 1.0
FETCH_SECONDS = 5.0
NOTICED_SECONDS = 5.0


class Workers:
    """The workers of ``client``; ``token``: what those of a cluster must see, None for this machine's own."""

    def __init__(self, client: Client, patience: float, token: Token | None = None) -> None:
        self._client, self._patience, self._mark = client, patience, token
        self._asked = -POLL_SECONDS
        self._threads: dict[str, int] = {}
        self._lacking_since: float | None = None

    def as_finished(
        self,
        function: Callable[..., Result],
        tasks: Iterable[tuple[Unit, Sequence[Any]]],
        shared: Any = None,
    ) -> Iterator[tuple[Unit, Result]]:
        """As ``Pool.as_finished``."""
        with self._faults_named():
            sent = self._sent(shared)
            waiting, units = iter(tasks), dict[Future, Unit]()
            while True:
                for unit, arguments in waiting:
                    units[self._submit(function, unit, sent, *arguments)] = unit
                    if len(units) >= under_way(self._count()):
                        break
                if not units:
                    return
                for future in self._wait(list(units)):
                    yield units.pop(future), self._result(future)

    def in_order(self, function: Callable[..., Result], units: Iterable[Unit]) -> Generator[Result, None, None]:
        """``function(unit)`` of each unit, in the units' order, at most a few per worker ahead of the caller."""
        with self._faults_named():
            waiting: deque[Future] = deque()
            for unit in units:
                waiting.append(self._submit(function, unit))
                if len(waiting) >= under_way(self._count()):
                    yield self._first(waiting)
            while waiting:
                yield self._first(waiting)

    def one(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """``function(*arguments)`` as some worker has it."""
        with self._faults_named():
            future = self._submit(function, *arguments)
            self._wait([future])
            result: Result = self._result(future)
            return result

    def _first(self, waiting: deque[Future]) -> Any:
        self._wait([waiting[0]])
        return self._result(waiting.popleft())

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future:
        return self._client.submit(on_worker, self._mark, function, *arguments, pure=False)

    def _sent(self, shared: Any) -> Any:
        """``shared`` in a form that the scheduler can recreate if every worker that holds it is lost."""
        if shared is None or self._mark is None:
            return shared if shared is None else self._client.scatter(shared, broadcast=True, hash=False)
        return self._client.submit(as_it_is, shared, pure=False)

    def _wait(self, futures: Sequence[Future]) -> list[Future]:
        """Wait until some of ``futures`` are done."""
        while True:
            with suppress(TimeoutError):
                return list(wait(futures, timeout=POLL_SECONDS, return_when="FIRST_COMPLETED").done)
            self._count()

    def _result(self, future: Future) -> Any:
        """The result of a finished unit, fetched from the worker that has it, or done again if that one is lost.

        Dask waits for the latter without a limit, so nobody would notice that no worker is left.
        """
        for attempt in count():
            try:
                # Longer each time: a large result over a slow network takes a while.
                return future.result(timeout=FETCH_SECONDS * 2**attempt)
            except TimeoutError:
                if future.status == "error":
                    raise
                self._count()

    def _count(self) -> int:
        """Threads of all workers, asked for at most once a second; says which workers were lost meanwhile.

        Raises ``ConnectionError`` after ``patience`` seconds without any.
        """
        now = time.monotonic()
        if now - self._asked >= POLL_SECONDS:
            self._asked, before, self._threads = now, self._threads, dict(self._client.nthreads())
            for address in before.keys() - self._threads.keys():
                log.warning("lost the Dask worker %s; others redo its work", address)
            self._check_there_are_some(now)
        return sum(self._threads.values())

    def _check_there_are_some(self, now: float) -> None:
        if self._threads:
            self._lacking_since = None
        elif self._lacking_since is None:
            self._lacking_since = now
            log.warning("the Dask cluster has no workers; waiting up to %g seconds for one", self._patience)
        elif now - self._lacking_since > self._patience:
            raise ConnectionError(
                f"the Dask cluster {self._address} has had no workers for {self._patience:g} seconds: start some "
                f"(dask worker {self._address}) and run the same command again; finished work is kept"
            )

    @property
    def _address(self) -> str:
        return str(self._client.scheduler.address) if self._client.scheduler else "(closed)"

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        """Explain a failure of the cluster in one line."""
        address = self._address
        try:
            yield
        except KilledWorker as error:
            raise ConnectionError(
                f"several Dask workers died at the same unit of work, the last of them {error.last_worker.address}: "
                "check their memory and their logs; finished work is kept"
            ) from error
        except (CancelledError, OSError, RuntimeError) as error:
            if not self._is_lost(error):
                raise
            raise ConnectionError(
                f"lost the Dask scheduler {address}: start it and its workers and run the same command again; "
                "finished work is kept"
            ) from error

    def _is_lost(self, error: BaseException) -> bool:
        """Whether the scheduler is lost; a connection may break a moment before the client notices."""
        deadline = time.monotonic() + (NOTICED_SECONDS if isinstance(error, OSError) else 0.0)
        while self._client.status == "running" and time.monotonic() < deadline:
            time.sleep(0.05)
        return isinstance(error, CancelledError) or self._client.status != "running"


def under_way(threads: int) -> int:
    """How many units are computed or waiting for a worker at a time."""
    return 2 * max(1, threads)


def on_worker(token: Token | None, function: Callable[..., Result], *arguments: Any) -> Result:
    """Call ``function`` where BLAS uses one thread: sums in another order would have other last bits.

    The limit stays in the worker process, where other tasks may be running that need it too.
    """
    if token is not None:
        check_worker(token)
    threadpool_limits(limits=1, user_api="blas")
    return function(*arguments)


def as_it_is(value: Result) -> Result:
    """``value``, as a result that a worker holds."""
    return value


@contextmanager
def cluster(dask: DaskConfig, out: Path, *code: str) -> Iterator[Workers]:
    """The workers of the cluster ``dask.scheduler``, which must see ``out`` and have the same ``code``.

    Raises ``ConnectionError`` if there is no scheduler at that address.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        client = Client(dask.address)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"there is no Dask scheduler at {dask.address} ({error}): start one (dask scheduler), or omit "
            "dask.scheduler to work on this machine"
        ) from error
    with client, token_file(out, code) as token:
        yield Workers(client, dask.patience, token)


@contextmanager
def local_processes(count: int) -> Iterator[Workers]:
    """``count`` worker processes of this machine, gone afterwards.

    They listen on 127.0.0.1 only, behind certificates made for the occasion.
    """
    logging.getLogger("distributed").setLevel(logging.ERROR)
    with (
        tempfile.TemporaryDirectory(prefix="latentfaces-dask-") as scratch,
        dask.config.set(ALLOCATOR | QUIET),
        ExitStack() as stack,
    ):
        with children_without_ctrl_c():
            local = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                security=True,
                host="127.0.0.1",
                scheduler_kwargs={"dashboard": False, "dashboard_address": LOOPBACK},
                worker_dashboard_address=LOOPBACK,
                memory_limit=0,
                silence_logs=logging.CRITICAL,
                local_directory=scratch,
            )
            stack.enter_context(local)
        yield Workers(stack.enter_context(Client(local)), patience=60.0)
