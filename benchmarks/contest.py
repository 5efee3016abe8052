"""Contestants side by side: the same output first, then times in turn, then the peak memory of each alone."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

MIB = 2**20

Work = Callable[[], Any]


@dataclass(frozen=True)
class Goal:
    """``ours`` is to be at least ``speed`` times as fast as ``against``.

    With ``memory`` it is to take at most that share of its peak memory instead.
    """

    against: str
    speed: float
    contestant: str = "ours"
    memory: float | None = None


@dataclass(frozen=True)
class Contest:
    """Who does the same work, ``ours`` first, ``limit`` the bare arithmetic or reading; and what shows that it is.

    ``agree`` gets what each returned, and raises ``AssertionError`` where they differ. ``close`` ends what was started
    for the contest.
    """

    contestants: Mapping[str, Work]
    agree: Callable[[Mapping[str, Any]], None] = lambda results: None
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Row:
    """A row of the table. ``prepare`` makes the input in a folder, or finds it there, and returns the contest.

    ``turns``: how often each is timed, after one turn that is compared and not timed; 0: that one turn counts.
    ``commands``: whether the contestants are commands, whose memory can be watched in that first turn: it is theirs.
    """

    stage: str
    size: str
    prepare: Callable[[Path], Contest]
    goals: Sequence[Goal]
    turns: int = 3
    commands: bool = False
    remark: str = ""


def seconds(work: Work) -> tuple[float, Any]:
    """How long ``work`` takes, and what it returns."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


@dataclass(frozen=True)
class Outcome:
    """Seconds of each contestant in each turn, and the peak memory in MiB of those that were watched."""

    times: dict[str, list[float]]
    mib: dict[str, float]


def race(contest: Contest, row: Row) -> Outcome:
    """All turns of a row; the order is turned round each time, so that drift falls on all."""
    names = list(contest.contestants)
    first, mib = {}, {}
    for name in names:
        with PeakMemory(every=0.5) if row.commands else nullcontext() as peak:
            first[name] = seconds(contest.contestants[name])
        if peak is not None:
            mib[name] = peak.mib
    contest.agree({name: result for name, (_, result) in first.items()})
    times: dict[str, list[float]] = {name: [] if row.turns else [first[name][0]] for name in names}
    del first
    for turn in range(row.turns):
        for name in names if turn % 2 else reversed(names):
            times[name].append(seconds(contest.contestants[name])[0])
    return Outcome(times, mib)


def speed(times: Mapping[str, Sequence[float]], contestant: str, against: str) -> float:
    """How many times as fast ``contestant`` is as ``against``: the median over the turns of the ratio in each."""
    pairs = zip(times[against], times[contestant], strict=True)
    return statistics.median(theirs / ours for theirs, ours in pairs)


class PeakMemory:
    """The largest proportional set size of this process and its children while a ``with`` block runs, in MiB."""

    def __init__(self, every: float = 0.05) -> None:
        self.mib = 0.0
        self._every = every
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self) -> PeakMemory:
        self._watcher.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._watcher.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._stop.wait(self._every):
            total = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.mib = max(self.mib, total / MIB)
