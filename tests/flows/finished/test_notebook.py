"""The Python interface as its page shows it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from flows.notebook import open_study
from storage.keys import PROJECT
from tasks.stage.errors import InputError

PAGE = Path(__file__).parents[3] / "docs" / "python.md"


def test_the_pages_code_runs(
    answering_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(answering_store.parent)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names: dict = {}
    exec("\n".join(blocks), names)
    study = names["study"]
    assert names["faces"].shape == (8, 32, 32, 3)
    assert names["study"].parameters("uniform_component") == {"fact": 1.0}
    np.testing.assert_allclose(names["points"], study.z[:3], rtol=1e-5, atol=1e-5)
    assert len(names["along_the_first_axis"]) == 5
    printed = capsys.readouterr().out
    assert re.match(r"\d+\.\d ± \d+\.\d\n", printed)
    assert "multivariate_normal" in printed


def test_a_store_without_a_study(tmp_path: Path):
    with pytest.raises(InputError, match="has no finished study"):
        open_study(tmp_path)


def test_a_device_that_is_not_here(finished_store: Path):
    with pytest.raises(InputError, match="abacus"):
        open_study(finished_store, device="abacus").decode(np.zeros(8))


def test_torch_is_imported_for_the_first_face_alone(finished_store: Path):
    code = (
        "import sys; from flows.notebook import open_study; study = open_study(sys.argv[1]); print(study)\n"
        "z = study.draw('uniform_component', 3); study.neighbours(z); study.distances(z); study.scores()\n"
        "slow = {'matplotlib', 'prefect', 'scipy.stats', 'sklearn', 'sympy', 'torch'}\n"
        "print(*sorted(slow & {*sys.modules}))\n"
        "study.decode(z); print(*sorted(slow & {*sys.modules}))"
    )
    command = [sys.executable, "-c", code, str(finished_store)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["", "torch"]
