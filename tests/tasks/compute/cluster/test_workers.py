import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tasks.compute.cluster.config import DaskConfig
from tasks.compute.cluster.threads import Threads
from tasks.compute.cluster.worker_check import check_worker, token_file
from tasks.compute.cluster.workers import Workers, cluster, local_processes
from tasks.stage.errors import InputError


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with local_processes(2) as pool:
        yield pool


@pytest.fixture(params=["processes", "threads"])
def either(request: pytest.FixtureRequest) -> Workers | Threads:
    workers: Workers | Threads = Threads(2) if request.param == "threads" else request.getfixturevalue("workers")
    return workers


def test_every_unit_is_computed_once_with_what_it_was_given(either: Workers | Threads) -> None:
    def add(unit: int, shared: int, more: int) -> int:
        return unit + shared + more

    results = list(either.as_finished(add, ((unit, (unit * 10,)) for unit in range(25)), 5))
    assert sorted(results) == [(unit, unit * 11 + 5) for unit in range(25)]


def test_in_order_and_not_far_ahead(workers: Workers) -> None:
    taken: list[int] = []

    def units() -> Iterator[int]:
        for unit in range(30):
            taken.append(unit)
            yield unit

    results = workers.in_order(lambda unit: unit**2, units())
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    assert len(taken) <= 3 + 4
    assert list(results) == [unit**2 for unit in range(3, 30)]


def test_what_goes_wrong_in_a_unit_is_raised(either: Workers | Threads) -> None:
    def fail(unit: int, shared: None) -> dict[str, np.ndarray]:
        raise OSError(f"no block {unit}")

    with pytest.raises(OSError, match="no block 4"):
        list(either.as_finished(fail, [(4, ())]))


def test_threads_pass_on_what_goes_wrong_in_the_list_of_units() -> None:
    def units() -> Iterator[tuple[int, tuple[()]]]:
        yield 0, ()
        raise MemoryError("no room for the next one")

    with pytest.raises(MemoryError, match="no room"):
        list(Threads(2).as_finished(lambda unit, shared: unit, units()))


def test_threads_wait_for_a_slow_caller_and_end_with_it() -> None:
    begun: list[int] = []

    def note(unit: int, shared: None) -> int:
        begun.append(unit)
        return unit

    results = Threads(2).as_finished(note, ((unit, ()) for unit in range(100)))
    next(results)
    time.sleep(0.3)
    assert len(begun) <= 1 + 4 + 2
    results.close()
    assert len(begun) < 100


def test_threads_have_blas_to_themselves_and_give_it_back() -> None:
    def blas_threads(unit: int, shared: None) -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_threads(0, None)
        assert set(before) == {2}
        assert {count for _, counts in Threads(2).as_finished(blas_threads, [(0, ())]) for count in counts} == {1}
        assert blas_threads(0, None) == before


def test_what_a_worker_does_not_see_is_named(tmp_path: Path) -> None:
    with token_file(tmp_path, ["tasks.compute.cluster.worker_check"]) as token:
        check_worker(token)
        other = token._replace(digest="0" * 32)
        with pytest.raises(
            InputError, match=r"runs a different version of tasks\.compute\.cluster\.worker_check: install"
        ):
            check_worker(other)
        with pytest.raises(InputError, match=r"has \{'python': .* this run has \{'python': '2\.7'\}"):
            check_worker(token._replace(versions=(("python", "2.7"),)))
        with pytest.raises(InputError, match="does not see /elsewhere: the store and the data must be on a file"):
            check_worker(token._replace(path="/elsewhere/token"))
    assert list(tmp_path.iterdir()) == []


def test_no_scheduler_at_the_address(tmp_path: Path) -> None:
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        with pytest.raises(ConnectionError, match=r"there is no Dask scheduler at tcp://127\.0\.0\.1:1 "):
            with cluster(DaskConfig(scheduler="tcp://127.0.0.1:1"), tmp_path):
                pass


@pytest.mark.parametrize("scheduler", ["mpi", ""])
def test_only_an_address_or_a_known_name(scheduler: str) -> None:
    with pytest.raises(ValueError, match="or an address such as tcp://"):
        DaskConfig(scheduler=scheduler)


def test_where_the_work_is_done_is_no_identity() -> None:
    assert DaskConfig(scheduler="tcp://127.0.0.1:8786", patience=1).identity() == {}
    assert DaskConfig(scheduler="processes").address is None
