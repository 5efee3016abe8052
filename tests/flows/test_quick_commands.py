"""What answers at once imports nothing that takes long: guarded by the modules, as times tell of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import early, main
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


@pytest.mark.parametrize(
    ("arguments", "said", "needless"),
    [
        (["run", "--set", "train.epoch=3"], "train.epoch: no such setting", {"numpy", "typer", "rich"}),
        (["report", "--data=nowhere"], "nowhere does not exist", {"numpy", "typer", "rich", "pydantic"}),
        (["run", "--data", "."], "holds no images", {"numpy", "typer", "rich", "pydantic"}),
    ],
    ids=["setting", "absent", "empty"],
)
def test_what_is_wrong_by_itself_is_said_before_the_commands_are_imported(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
    needless: set[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code = MAIN.replace(str(SLOW), str(needless))
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True)
    answer, imported = done.stderr.rsplit("\n", 2)[:2]
    assert said in answer
    assert (done.returncode, imported) == (1, "")
    # The commands themselves say the same of it.
    monkeypatch.setattr(sys, "argv", ["latentfaces", *arguments])
    monkeypatch.setattr(early, "STUDIES", ())
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err.strip() == answer
