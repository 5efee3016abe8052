from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np

from tasks.compiled import compiled

SOURCE = "def total(values):\n    found = 0.0\n    for value in values:\n        found += value\n    return found\n"


def test_what_cannot_be_kept_on_disk_is_compiled_all_the_same() -> None:
    names: dict[str, Any] = {}
    exec(SOURCE, names)
    total = compiled(names["total"])
    assert total(np.arange(5.0)) == 10.0
    assert total(np.arange(5, dtype=np.int32)) == 10.0


def test_numba_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, tasks.statistics.analyse; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
