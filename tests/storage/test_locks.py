import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from storage.keys import PROJECT
from storage.locks import FileLocks

KEY = "model/0123456789abcdef/record.json"
HOLD = """
import sys, time
from pathlib import Path
from storage.locks import FileLocks
locks = FileLocks(Path(sys.argv[1]))
assert locks.acquire_lock(sys.argv[2], "other")
print("held", flush=True)
time.sleep(60)
"""


def holder_process(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), KEY], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_held_by_one_at_a_time(tmp_path: Path) -> None:
    locks, others = FileLocks(tmp_path), FileLocks(tmp_path)
    assert locks.acquire_lock(KEY, "me")
    assert locks.acquire_lock(KEY, "me")
    assert locks.is_lock_holder(KEY, "me")
    assert not locks.is_lock_holder(KEY, "you")
    assert not locks.acquire_lock(KEY, "you", acquire_timeout=0)
    assert not others.acquire_lock(KEY, "you", acquire_timeout=0)
    assert others.is_locked(KEY)
    assert not others.is_locked("model/another")
    locks.release_lock(KEY, "me")
    assert not others.is_locked(KEY)
    assert others.acquire_lock(KEY, "you", acquire_timeout=0)


def test_only_its_holder_releases(tmp_path: Path) -> None:
    locks = FileLocks(tmp_path)
    locks.acquire_lock(KEY, "me")
    with pytest.raises(ValueError, match="you does not hold"):
        locks.release_lock(KEY, "you")


def test_waits_until_released(tmp_path: Path) -> None:
    locks, others = FileLocks(tmp_path), FileLocks(tmp_path)
    locks.acquire_lock(KEY, "me")
    threading.Timer(0.5, lambda: locks.release_lock(KEY, "me")).start()
    start = time.monotonic()
    assert others.acquire_lock(KEY, "you", acquire_timeout=30)
    assert time.monotonic() - start >= 0.4


def test_looking_keeps_nobody_from_it_and_writes_nothing(tmp_path: Path) -> None:
    locks, others = FileLocks(tmp_path / "locks"), FileLocks(tmp_path / "locks")
    assert not locks.is_locked(KEY)
    assert not list(tmp_path.iterdir())
    locks.acquire_lock(KEY, "me")
    locks.release_lock(KEY, "me")
    looking = threading.Event()

    def look() -> None:
        while not looking.is_set():
            assert not others.is_locked(KEY)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        for number in range(200):
            assert locks.acquire_lock(f"{KEY}{number}", "me", acquire_timeout=0)
    finally:
        looking.set()
        thread.join()


def test_it_says_what_it_waits_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    locks, others = FileLocks(tmp_path), FileLocks(tmp_path)
    for key in (KEY, "training on cuda:0"):
        locks.acquire_lock(key, "me")
        assert not others.acquire_lock(key, "you", acquire_timeout=0)
        assert not caplog.messages  # nobody waited
        assert not others.acquire_lock(key, "you", acquire_timeout=1)
        said = "computing model/0123456789abcdef" if key == KEY else key
        assert caplog.messages == [f"another run is {said}; waiting"]
        caplog.clear()


def test_a_killed_holder_frees_it(tmp_path: Path) -> None:
    process = holder_process(tmp_path)
    locks = FileLocks(tmp_path)
    assert not locks.acquire_lock(KEY, "me", acquire_timeout=0)
    process.kill()
    process.wait()
    assert locks.acquire_lock(KEY, "me", acquire_timeout=10)
