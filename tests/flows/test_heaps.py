from __future__ import annotations

import os
import subprocess
import sys

import pytest

from flows.heaps import MOST, VARIABLE

HEAPS = """
import ctypes, sys, threading
from flows.heaps import share_heaps

if sys.argv[1] == "shared":
    share_heaps()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
together = threading.Barrier(6)

def work():
    for _ in range(50):
        library.malloc(5000)
    together.wait()

threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
library.fopen.restype = ctypes.c_void_p
file = library.fopen(sys.argv[2].encode(), b"w")
library.malloc_info(0, ctypes.c_void_p(file))
library.fclose(ctypes.c_void_p(file))
print(open(sys.argv[2]).read().count("<heap nr"))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc")
def test_threads_share_few_heaps(tmp_path):
    def heaps(how: str, **environment: str) -> int:
        variables = {name: value for name, value in os.environ.items() if name != VARIABLE} | environment
        command = [sys.executable, "-c", HEAPS, how, str(tmp_path / "info.xml")]
        return int(subprocess.run(command, check=True, capture_output=True, text=True, env=variables).stdout)

    assert heaps("shared") <= MOST < heaps("each")
    assert heaps("shared", **{VARIABLE: "5"}) > MOST
