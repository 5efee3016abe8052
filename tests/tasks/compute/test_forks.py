"""Copies of this process make bytes; what they cannot make, this one does."""

import os
import signal

import psutil
import pytest

from tasks.compute import forks
from tasks.compute.forks import Forks


def test_copies_make_what_they_would_here_and_leave_this_process_alone() -> None:
    begun = Forks(2)
    seen: list[int] = []

    def make(number: int) -> bytes:
        seen.append(number)
        return b"%d of %d" % (number, os.getpid()) * 100_000  # more than a pipe holds

    made = [begun.later(lambda number=number: make(number)) for number in range(5)]  # type: ignore[misc]
    found = [one() for one in reversed(made)][::-1]
    assert [one.split(b" ")[0] for one in found] == [b"0", b"1", b"2", b"3", b"4"]
    assert len({one.split(b"of ")[1] for one in found} - {b"%d" % os.getpid()}) == 5
    assert not seen
    assert made[0]() == found[0]  # asked again


def test_what_fails_in_a_copy_fails_here() -> None:
    def fail() -> bytes:
        raise ValueError("no such colour")

    made = Forks(2).later(fail)
    with pytest.raises(ValueError, match="no such colour"):
        made()


def test_a_copy_that_dies_or_is_stuck_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "PATIENCE", 0.3)
    here, before = os.getpid(), psutil.Process().children()

    def die() -> bytes:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"made"

    def stick() -> bytes:
        if os.getpid() != here:
            signal.pause()
        return b"made"

    assert Forks(2).later(die)() == Forks(2).later(stick)() == b"made"
    assert psutil.Process().children() == before
