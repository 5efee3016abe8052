"""What answers at once imports nothing that takes long: guarded by the modules, as times tell of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.keys import PROJECT

SLOW = {
    *("dask", "distributed", "faiss", "matplotlib", "numba", "obstore", "prefect", "scipy.linalg", "scipy.special"),
    *("sklearn", "torch", "zarr"),
}

MAIN = f"""
import sys
from flows.cli import main
try:
    main()
finally:
    print(*sorted({SLOW} & {{*sys.modules}}), file=sys.stderr)
"""


def latentfaces(store: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "LATENTFACES_STORE": str(store)}
    return subprocess.run([sys.executable, "-c", MAIN, *arguments], env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["run", "--set", "train.epoch=3"], 1, "train.epoch: no such setting"),
        (["run", "--data", "nowhere"], 1, "nowhere does not exist"),
        (["run", "--dry-run"], 0, "0 come from the cache"),
        (["points", "nowhere.npy"], 1, "nowhere.npy"),
        (["ls"], 0, "0 artifacts"),
    ],
    ids=["setting", "data", "dry-run", "points", "ls"],
)
def test_it_imports_nothing_that_takes_long(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    done = latentfaces(tmp_path / "store", *arguments)
    answer, imported = done.stderr.rsplit("\n", 2)[0], done.stderr.rsplit("\n", 2)[1]
    assert said in answer
    assert (done.returncode, imported) == (status, "")
