"""Leases on a real server: one holder at a time, taken over from the dead and from nobody else."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.failure import StoreFailed
from storage.keys import PROJECT
from storage.remote import leases
from storage.remote.leases import LeaseLocks, confirm
from storage.remote.objects import ObjectStore

KEY = "model/0123456789abcdef/record.json"
HOLD = """
import sys, time
from storage.remote import leases
from storage.remote.objects import ObjectStore
if sys.argv[2] == "elsewhere":
    leases._space = lambda: "another machine"
assert leases.LeaseLocks(ObjectStore(sys.argv[1])).acquire_lock(sys.argv[3], "other")
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _short_leases(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENTFACES_LEASE_SECONDS", "2")


def locks(url: str) -> LeaseLocks:
    return LeaseLocks(ObjectStore(url))


def holder_process(url: str, where: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLD, url, where, KEY]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_held_by_one_at_a_time_and_released(url: str) -> None:
    one, other = locks(url), locks(url)
    assert one.acquire_lock(KEY, "me")
    assert one.acquire_lock(KEY, "me")
    assert not other.acquire_lock(KEY, "you", acquire_timeout=0)
    assert other.is_locked(KEY)
    assert not other.is_locked("model/another")
    time.sleep(3)  # longer than a lease: it is renewed
    assert not other.acquire_lock(KEY, "you", acquire_timeout=0)
    one.release_lock(KEY, "me")
    assert not other.is_locked(KEY)
    assert other.acquire_lock(KEY, "you", acquire_timeout=0)
    other.release_all()
    assert ObjectStore(url).files(leases.FOLDER) == {}


def test_of_many_at_once_one_gets_it(url: str) -> None:
    contenders, start = [locks(url) for _ in range(12)], threading.Barrier(12)

    def contend(contender: LeaseLocks) -> bool:
        start.wait()
        return contender.acquire_lock(KEY, "me", acquire_timeout=0)

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(contend, contenders)) == 1
    for contender in contenders:
        contender.release_all()


@pytest.mark.parametrize(("where", "least", "most"), [("here", 0.0, 1.9), ("elsewhere", 1.4, 30.0)])
def test_a_killed_holder(url: str, where: str, least: float, most: float) -> None:
    """On this machine it is seen at once, on another when its lease has run out."""
    process = holder_process(url, where)
    mine = locks(url)
    assert not mine.acquire_lock(KEY, "me", acquire_timeout=0)
    process.kill()
    process.wait()
    began = time.monotonic()
    assert mine.acquire_lock(KEY, "me", acquire_timeout=30)
    assert least <= time.monotonic() - began <= most
    mine.release_all()


def test_a_lease_that_was_taken_over_is_no_longer_good(url: str) -> None:
    mine = locks(url)
    assert mine.acquire_lock(KEY, "me")
    confirm(url, KEY)
    objects = ObjectStore(url)
    objects.write(f"{leases.FOLDER}/{KEY}", b'{"token": "of another"}')
    with pytest.raises(StoreFailed, match=r"another run took over model/0123456789abcdef"):
        confirm(url, KEY)
    mine.release_all()
    assert objects.read(f"{leases.FOLDER}/{KEY}")[0] == b'{"token": "of another"}'
