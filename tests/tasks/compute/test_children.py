"""Real children, each running ``child.py``."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tasks.compute.children import Child, ChildError, _message

ROOT = Path(__file__).parents[3]
NAME = "tests.tasks.compute.child"
linux = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")


def no_progress(*call):
    pass


@pytest.fixture
def child():
    with closing(Child(NAME, {})) as started:
        yield started


def test_a_child_answers_and_reports(child, caplog):
    calls = []
    answered = child.run({"double": 21}, lambda *call: calls.append(call), "[first] ")
    assert answered["doubled"] == 42
    assert calls == [(1, 2, "half")]
    assert caplog.record_tuples == [("latentfaces", logging.WARNING, "[first] at {'double': 21}")]
    assert child.run({"double": "ä" * 100_000}, no_progress)["doubled"] == "ä" * 200_000
    assert child.run({"double": 1}, no_progress)["pid"] == answered["pid"] != os.getpid()


def test_errors_are_raised_and_the_child_lives_on(child):
    pid = child.run({"double": 1}, no_progress)["pid"]
    for job, kind, message in (("wrong", "InputError", "two lines"), ("silent", "KeyError", "KeyError")):
        with pytest.raises(ChildError, match=f"^{message}$") as raised:
            child.run(job, no_progress)
        assert raised.value.kind == kind
    with pytest.raises(ChildError):
        child.run("leave", no_progress)
    assert child.run("interrupt", no_progress) is None  # Ctrl-C is its parent's
    assert child.run({"double": 1}, no_progress)["pid"] == pid


def test_after_a_death_the_next_job_has_another_child(child):
    first = child.run({"double": 1}, no_progress)["pid"]
    with pytest.raises(subprocess.CalledProcessError) as raised:
        child.run("die", no_progress)
    assert raised.value.returncode == -signal.SIGKILL
    assert child.run({"double": 1}, no_progress)["pid"] != first


def test_a_child_may_end_by_itself():
    with closing(Child(NAME, {"ONCE": "1"})) as once:
        assert once.run({"double": 1}, no_progress)["doubled"] == 2
        with pytest.raises(subprocess.CalledProcessError) as raised:
            once.run({"double": 1}, no_progress)
        assert raised.value.returncode == 0


def marked(mark):
    """The processes in whose command line or environment ``mark`` is."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(mark.encode() in (folder / file).read_bytes() for file in ("cmdline", "environ")):
                found.append(int(folder.name))
        except OSError:
            continue
    return sorted(set(found) - {os.getpid()})


def wait_until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@linux
@pytest.mark.parametrize("closed", [True, False])
def test_a_child_and_what_it_started_end_together(tmp_path, closed):
    child, statuses = Child(NAME, {"MARK": str(tmp_path)}), []

    def run():
        try:
            child.run("wait", no_progress)
        except subprocess.CalledProcessError as error:
            statuses.append(error.returncode)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: len(marked(str(tmp_path))) == 2)
    if closed:
        child.close()
    else:
        os.kill(min(marked(str(tmp_path))), signal.SIGKILL)
    thread.join(30)
    wait_until(lambda: not marked(str(tmp_path)))
    assert statuses == [1 if closed else -signal.SIGKILL]
    child.close()
    with pytest.raises(ValueError, match="closed"):
        child.run("wait", no_progress)


PARENT = f"""
import os
from tasks.compute.children import Child
Child("{NAME}", {{}}).run("wait", print)
"""


@linux
def test_no_child_outlives_its_parent(tmp_path):
    environment = {**os.environ, "MARK": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, env=environment)
    wait_until(lambda: len(marked(str(tmp_path))) == 3)
    parent.kill()
    parent.wait()
    wait_until(lambda: not marked(str(tmp_path)))


@pytest.mark.parametrize("line", ["{cut off by its e", "{'not': 'JSON'}", "plain\n", ""])
def test_what_is_no_message_is_passed_over(line):
    assert _message(line) is None
    assert _message('{"done": 1}\n') == {"done": 1}
