from __future__ import annotations

import threading
import time

import pytest

from tasks.ingestion.parallel import in_order


def test_results_in_order_whatever_the_threads() -> None:
    def slow_if_even(item: int) -> int:
        time.sleep(0.002 * (item % 2 == 0))
        return item * item

    for workers in (1, 3, 8):
        assert list(in_order(slow_if_even, range(40), workers, 5)) == [item * item for item in range(40)]


def test_never_further_ahead_than_told() -> None:
    lock, begun = threading.Lock(), 0

    def count(item: int) -> int:
        nonlocal begun
        with lock:
            begun += 1
        return item

    for taken, _ in enumerate(in_order(count, range(100), 4, 6)):
        assert begun <= taken + 6


def test_an_error_comes_out_and_ends_the_work() -> None:
    seen: list[int] = []

    def fail(item: int) -> int:
        seen.append(item)
        if item == 3:
            raise KeyError("three")
        return item

    with pytest.raises(KeyError, match="three"):
        list(in_order(fail, range(1000), 2, 8))
    assert len(seen) <= 16
