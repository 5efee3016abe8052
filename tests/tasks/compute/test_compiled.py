from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.compute.compiled import Compiled

SOURCE = "def total(values):\n    found = 0.0\n    for value in values:\n        found += value\n    return found\n"

THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from tasks.statistics.moments import moments_of
z = np.random.default_rng(0).standard_normal((2000, 20))
with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(moments_of, [z.astype(kind) for kind in ["float32", "float64"] * 8]))
for one, two in zip(found[::2], found[1::2]):
    np.testing.assert_allclose(one.scatter, two.scatter, rtol=1e-5, atol=1e-2)
np.testing.assert_allclose(found[1].scatter, (len(z) - 1) * np.cov(z, rowvar=False), atol=1e-9)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's cache folder."""
    monkeypatch.setenv("LATENTFACES_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def total_of(place: Path, source: str = SOURCE) -> Any:
    """The function of ``source``, compiled as if it stood in the file ``place``."""
    names: dict[str, Any] = {"__name__": __name__}  # Numba may import the function's module again.
    exec(compile(source, str(place), "exec"), names)
    return Compiled(names["total"])


def written(path: Path, source: str) -> Any:
    path.write_text(source, encoding="utf-8")
    return total_of(path, source)


def test_machine_code_is_kept_for_the_next_process(folder: Path, tmp_path: Path) -> None:
    values = np.arange(5.0)
    assert written(tmp_path / "source.py", SOURCE)(values) == 10.0
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*.nb?")}
    assert len(kept) == 2
    assert total_of(tmp_path / "source.py")(values) == 10.0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.nb?")} == kept


def test_another_source_is_compiled_anew(folder: Path, tmp_path: Path) -> None:
    assert written(tmp_path / "source.py", SOURCE)(np.arange(5.0)) == 10.0
    assert written(tmp_path / "source.py", SOURCE.replace("+=", "-="))(np.arange(5.0)) == -10.0


def test_what_cannot_be_kept_on_disk_is_compiled_all_the_same(folder: Path, tmp_path: Path) -> None:
    for source in (tmp_path / "absent.py", tmp_path / "source.py"):
        if source.stem == "source":
            source.write_text(SOURCE, encoding="utf-8")
            folder.write_text("a file where the folder should be")
        total = total_of(source)
        assert total(np.arange(5.0)) == 10.0
        assert total(np.arange(5, dtype=np.int32)) == 10.0


@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_damaged_machine_code_is_not_used(folder: Path, tmp_path: Path, content: bytes) -> None:
    assert written(tmp_path / "source.py", SOURCE)(np.arange(5.0)) == 10.0
    for path in folder.rglob("*.nbi"):
        path.write_bytes(content)
    assert total_of(tmp_path / "source.py")(np.arange(5.0)) == 10.0


def test_first_calls_of_several_threads_and_processes(folder: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", THREADS]) for _ in range(2)]
    assert [process.wait(200) for process in processes] == [0, 0]


def test_numba_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, tasks.statistics.analyse; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
