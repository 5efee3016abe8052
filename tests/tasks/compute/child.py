"""What the children of ``test_children`` run."""

import logging
import os
import signal
import subprocess
import sys
import time

from tasks.compute.children import LogSender, answer, receive, send
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")


def work(job):
    send(progress=[1, 2, "half"])
    log.warning("at %s", job)
    print("not a message")
    os.system("echo not a message either")
    match job:
        case {"double": number}:
            return {"pid": os.getpid(), "doubled": 2 * number}
        case "wrong":
            raise InputError("two\nlines")
        case "silent":
            raise KeyError
        case "leave":
            raise SystemExit
        case "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            # Like ``cat``, but known by its command line.
            subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", os.environ["MARK"]])
            time.sleep(600)


if __name__ == "__main__":
    jobs = receive()
    log.addHandler(LogSender())
    answer(work, jobs.get())
    while "ONCE" not in os.environ:
        answer(work, jobs.get())
