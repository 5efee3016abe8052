"""Child processes that work for this one, and the lines of JSON that the two exchange.

A child reads jobs from its standard input and writes messages to its standard output: ``progress``, ``log`` and, at
the end of each job, ``done`` or ``error``. It leaves Ctrl-C to its parent and ends when its standard input does, so it
never outlives its parent, even one that is killed. ``Child`` is the parent's side; a child calls ``receive`` first,
then ``answer`` for each job.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from subprocess import PIPE, CalledProcessError, Popen
from typing import IO, Any

from storage.keys import PROJECT
from tasks.compute.interruption import children_without_ctrl_c

log = logging.getLogger("latentfaces")


class ChildError(Exception):
    """The error that ended a child's job; ``kind``: the name of its class."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class Child:
    """A child process that runs one job at a time. The first job starts it, and so does the next after it died."""

    def __init__(self, module: str, environment: Mapping[str, str], stderr: IO[str] | None = None) -> None:
        """``module`` is run as a program, with ``environment`` added to this process's; ``stderr``: None shares it."""
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        self._command, self._stderr = [sys.executable, "-m", module], stderr
        self._environment = {**os.environ, "PYTHONPATH": path, **environment}
        self._process: Popen[str] | None = None
        self._closed, self._guard = False, threading.Lock()

    def run(self, job: Any, progress: Callable[..., None], prefix: str = "") -> Any:
        """The child's answer to ``job``, both of them JSON values.

        Meanwhile ``progress`` is called with the child's progress, and its log lines are logged after ``prefix``.
        Raises ``ChildError``, and ``CalledProcessError`` if the child ended before the job did. Whatever ``progress``
        raises leaves the child at work: close it.
        """
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            match _message(line):
                case {"progress": arguments}:
                    progress(*arguments)
                case {"log": [level, text]}:
                    log.log(level, "%s%s", prefix, text)
                case {"error": text, "kind": kind}:
                    raise ChildError(text, kind)
                case {"done": result}:
                    return result
        self._process = None
        raise CalledProcessError(process.wait(), self._command)

    def _started(self) -> Popen[str]:
        with self._guard:
            if self._closed:
                raise ValueError("this child is closed")
            if self._process is None:
                with children_without_ctrl_c():
                    self._process = Popen(
                        self._command, stdin=PIPE, stdout=PIPE, stderr=self._stderr, text=True, env=self._environment
                    )
            return self._process

    def close(self) -> None:
        """End the process, even in the middle of a job, and wait for its end; no other is started."""
        with self._guard:
            self._closed, process = True, self._process
        if process is not None:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()


def _message(line: str) -> Any:
    """What a child sent; None for what was printed before it claimed its output, or cut off by its end."""
    try:
        return json.loads(line) if line.startswith("{") else None
    except ValueError:
        return None


_output: IO[bytes]


def receive(end: Callable[[int], None] = os._exit, claim_output: bool = True) -> SimpleQueue[Any]:
    """The parent's jobs as they come; ``end(1)`` is called when the parent closes this process or dies.

    To be called first, from the main thread. Standard output is for messages: with ``claim_output``, all else that is
    printed goes to standard error.
    """
    global _output
    _output = os.fdopen(os.dup(1), "wb")
    if claim_output:
        os.dup2(2, 1)
    jobs: SimpleQueue[Any] = SimpleQueue()
    source = os.dup(0)
    # What this process starts inherits a pipe that closes when this process ends.
    os.dup2(os.pipe()[0], 0)

    def read() -> None:
        # Not ``sys.stdin``, which Python cannot close at exit while a thread reads it.
        with open(source) as lines:
            for line in lines:
                jobs.put(json.loads(line))
        end(1)

    threading.Thread(target=read, daemon=True).start()
    return jobs


def answer(work: Callable[[Any], Any], job: Any) -> None:
    """Send the parent what ``work`` makes of ``job``, or the error that it raises."""
    try:
        send(done=work(job))
    # ``StoreFailed`` is not an ``Exception``.
    except BaseException as error:
        send(error=" ".join(str(error).split()) or type(error).__name__, kind=type(error).__name__)


def send(**message: Any) -> None:
    """Send the parent one message."""
    _output.write(json.dumps(message).encode() + b"\n")
    _output.flush()


class LogSender(logging.Handler):
    """Sends the level and the text of what is logged to the parent."""

    def emit(self, record: logging.LogRecord) -> None:  # noqa: D102
        send(log=[record.levelno, record.getMessage()])
