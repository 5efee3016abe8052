"""A sampler and a metric, each added as one file to a copy of the project, run there in a process of its own."""

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
STUDIES = PROJECT / "tests" / "tasks" / "exploring" / "conftest.py"

SAMPLER = '''
"""A draw that nobody has thought of."""

import numpy as np

from tasks.sampling.about import Kept, Question
from tasks.sampling.form import ONE_OF_POINTS, Form
from tasks.sampling.sampler import Sampler, SamplerConfig, swept


class HouseSpecialConfig(SamplerConfig):
    """Levels."""

    shift: tuple[float, ...] = swept((0.5, 2.0), usual=0.5, description="how far from the mean")


class HouseSpecial(Sampler[HouseSpecialConfig]):
    """Training points, all shifted by as much."""

    config_model = HouseSpecialConfig
    order = 99
    kept = Kept("the house's own points", lambda points, components, level: points * components, faces=True)
    question = Question("special", 200, "multivariate_normal", "Special: better.", "Special: worse.", "Special: alike.")

    def draw(self, rng, count, level):
        z = self.points.z_train.all()
        return (z[rng.integers(0, len(z), count)] + level["shift"]).astype(np.float32)

    def form(self, level):
        """The points, shifted."""
        points = self.points.z_train.all() + np.float32(level["shift"])
        return Form("shifted", {"point": points}, ONE_OF_POINTS, "The house's.")

    def facts(self):
        return {"of": len(self.points.z_train)}

    @classmethod
    def units(cls, facts):
        """In units of z."""
        return f"shift = 1 moves each of {facts.found['of']} points by 1 in all components."
'''

METRIC = '''
"""``gaudiness``: how colourful."""

from tasks.assessment.metric import Metric, Shown


class Gaudiness(Metric):
    """How far apart the colours of a pixel lie."""

    space = "pixels"
    shown = Shown("gaud", "higher", "mean range of a pixel's three colours", ladder=9)
    weight: float = 1.0

    def against(self, reference):
        """Nothing depends on the reference."""
        return lambda draw: self.weight * float((draw.images.max(-1) - draw.images.min(-1)).mean())
'''

RUN = """
import csv, importlib.util, json, sys
from pathlib import Path
from flows.config import study_config
from flows.study_plan import plan_study

root, helpers = map(Path, sys.argv[1:])
spec = importlib.util.spec_from_file_location("small_studies", helpers)
small = importlib.util.module_from_spec(spec)
sys.modules["small_studies"] = small
spec.loader.exec_module(small)

from tasks.exploring.describe import study_facts
from tasks.exploring.explorer import Explorer
from tasks.exporting.export import export
from tasks.reporting import report
from tasks.reporting.config import ReportConfig

def table(place, *rows):
    with open(root / place, "w", newline="") as file:
        csv.writer(file).writerows(rows)

samples = small.SampleConfig(samplers=("multivariate_normal", "house_special"), count=80, neighbours=3, device="cpu")
made = small.add_scores(root, small.make_artifacts(root, small.make_network(32, (8, 16), 3), 150, samples))
table("dataset/skipped.csv", ("name", "reason"))
table("dataset/warnings.csv", ("warning",))
history = {"epoch": 1, "train_loss": 1, "validation_mse": 1, "validation_psnr": 1, "validation_ssim": 1}
table("model/history.csv", history, history.values())
quick = ReportConfig(dpi=50, pairs=1, components=2, grid_rows=2, grid_columns=4, reconstructions=4)
sections = [entry for entry in report.registered() if entry.name in ("faces", "ladder", "scores", "use", "glossary")]
report.registered = lambda: sections
report.write_report(made, quick, root / "report", "store")
study = small.OpenedStudy(made, "cpu")
export(study, root / "export", "house_special", {"shift": 2.0}, onnx=False)
config = study_config(settings=["sample.house_special.shift=[1, 3]", "assess.gaudiness.weight=2"])
steps = [step.name for step in plan_study(config, None).steps]
told = {"shift": config.sample.house_special.shift, "weight": config.assess.gaudiness.weight, "steps": steps}
print(json.dumps(told | {"explorer": study_facts(Explorer(study))["samplers"]}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> tuple[Path, dict]:
    copy, root = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("study")
    for package in ("flows", "tasks", "storage"):
        shutil.copytree(PROJECT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    # What the small studies are made with.
    (copy / "tests").mkdir()
    shutil.copy(PROJECT / "tests" / "judged.py", copy / "tests")
    (copy / "tasks" / "sampling" / "samplers" / "house_special.py").write_text(SAMPLER)
    (copy / "tasks" / "assessment" / "metrics" / "gaudiness.py").write_text(METRIC)
    command = [sys.executable, "-c", RUN, str(root), str(STUDIES)]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-3000:]
    return root, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def page(told) -> str:
    return (told[0] / "report" / "report.html").read_text(encoding="utf-8")


def table(root: Path, name: str) -> list[dict[str, str]]:
    with open(root / "report" / "tables" / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_they_are_in_the_configuration_and_in_the_plan(told):
    assert told[1]["shift"] == [1.0, 3.0]
    assert told[1]["weight"] == 2
    assert {"sample house_special", "assess house_special"} <= set(told[1]["steps"])


def test_its_sweep_is_drawn(told):
    group = open_complete(told[0] / "samples" / "house_special" / "samples.zarr")
    assert read_array(group, "label").tolist() == ["shift=0.5", "shift=2.0"]
    np.testing.assert_array_equal(read_array(group, "shift"), [0.5, 2.0])
    assert read_array(group, "z")[1].mean() - read_array(group, "z")[0].mean() > 0.5


def test_they_are_in_the_tables(told):
    scores = table(told[0], "scores-heldout")
    levels = {row["label"]: float(row["gaudiness"]) for row in scores if row["sampler"] == "house_special"}
    assert set(levels) == {"shift=0.5", "shift=2.0"}
    (entry,) = [row for row in table(told[0], "ladder") if row["sampler"] == "house_special"]
    assert float(entry["gaudiness"]) == levels[entry["label"]]
    (verdict,) = [row for row in table(told[0], "what_to_use") if row["sampler"] == "house_special"]
    assert (verdict["keeps"], verdict["keeps_numbers"]) == ("the house's own points", "270")


def test_they_are_in_the_report_with_their_words(told, page):
    assert "Training points, all shifted by as much. shift = 1 moves each of 90 points by 1 in all components." in page
    assert "<dt>gaud</dt><dd>mean range of a pixel&#39;s three colours</dd>" in page
    assert "gaud ↑" in page
    assert sum(f"Special: {text}." in page for text in ("better", "worse", "alike")) == 1
    assert {path.name for path in (told[0] / "report" / "figures").glob("grid-house_special-*")} == {
        "grid-house_special-shift-0.5.png",
        "grid-house_special-shift-2.0.png",
    }


def test_the_explorer_offers_it(told):
    (found,) = [one for one in told[1]["explorer"] if one["name"] == "house_special"]
    assert found["description"] == "Training points, all shifted by as much."
    assert [parameter["name"] for parameter in found["parameters"]] == ["shift"]


def test_it_is_exported_in_its_own_form_and_the_card_explains_the_metric(told):
    about = json.loads((told[0] / "export" / "sampler.json").read_text())
    assert (about["sampler"], about["level"], about["kind"]) == ("house_special", {"shift": 2.0}, "shifted")
    card = (told[0] / "export" / "README.md").read_text(encoding="utf-8")
    assert "`house_special` at shift=2.0: Training points, all shifted by as much." in card
    assert "The house's." in card
    assert "| gaud ↑ | pixels | heldout |" in card
    assert "- **gaud**: mean range of a pixel's three colours" in card
