"""A sampler added as one file to a copy of the project, run there in a process of its own."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from storage.arrays import open_complete, read_array

PROJECT = Path(__file__).parents[3]

SAMPLER = '''
"""A draw that nobody has thought of."""

import numpy as np

from tasks.sampling.sampler import Sampler, SamplerConfig, swept


class HouseSpecialConfig(SamplerConfig):
    """Levels."""

    shift: tuple[float, ...] = swept((0.5, 2.0), usual=0.5, description="how far from the mean")


class HouseSpecial(Sampler[HouseSpecialConfig]):
    """Training points, all shifted by as much."""

    config_model = HouseSpecialConfig
    order = 99

    def draw(self, rng, count, level):
        z = self.points.z_train
        return (z[rng.integers(0, len(z), count)] + level["shift"]).astype(np.float32)
'''

RUN = """
import importlib.util, json, sys
from pathlib import Path
from flows.config import study_config
from flows.plan import plan_study

root, helpers = map(Path, sys.argv[1:])
spec = importlib.util.spec_from_file_location("small_studies", helpers)
small = importlib.util.module_from_spec(spec)
sys.modules["small_studies"] = small
spec.loader.exec_module(small)
made = small.make_study(root, small.correlated_points(200, 4), ("multivariate_normal", "house_special"), 24)
made.write(root / "report")
config = study_config(settings=["sample.house_special.shift=[1, 3]"])
steps = [step.name for step in plan_study(config, None).steps]
print(json.dumps({"shift": config.sample.house_special.shift, "steps": steps}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[Path, dict]:
    copy, root = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("study")
    for package in ("flows", "tasks", "storage"):
        shutil.copytree(PROJECT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tasks" / "sampling" / "samplers" / "house_special.py").write_text(SAMPLER)
    command = [sys.executable, "-c", RUN, str(root), str(Path(__file__).with_name("conftest.py"))]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-3000:]
    return root, json.loads(done.stdout.splitlines()[-1])


def test_it_is_in_the_configuration_and_in_the_plan(told):
    assert told[1]["shift"] == [1.0, 3.0]
    assert {"sample house_special", "assess house_special"} <= set(told[1]["steps"])


def test_its_sweep_is_drawn(told):
    group = open_complete(told[0] / "samples" / "house_special" / "samples.zarr")
    assert read_array(group, "label").tolist() == ["shift=0.5", "shift=2.0"]
    np.testing.assert_array_equal(read_array(group, "shift"), [0.5, 2.0])
    assert read_array(group, "z")[1].mean() - read_array(group, "z")[0].mean() > 0.5


def test_it_is_in_the_tables_and_in_the_report(told):
    report = told[0] / "report"
    page = (report / "report.html").read_text(encoding="utf-8")
    assert "Training points, all shifted by as much." in page
    assert {path.name for path in (report / "figures").glob("grid-house_special-*")} == {
        "grid-house_special-shift-0.5.png",
        "grid-house_special-shift-2.0.png",
    }
    rows = [row for path in (report / "tables").glob("*.csv") for row in csv.reader(path.open(encoding="utf-8"))]
    assert {"shift=0.5", "shift=2.0"} <= {cell for row in rows if "house_special" in row for cell in row}
