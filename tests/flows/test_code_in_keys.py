"""Edits of this project's own code, in a copy: which keys change, and that all others are the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.config import study_config
from flows.plan import Plan
from flows.study_plan import plan_study
from storage.keys import PACKAGES, PROJECT, project_code

JUDGED = {"assess judge uniform_component", "assess judge multivariate_normal"}
SCORES = {
    "assess reconstructions", "assess autoencoder", "assess uniform_component", "assess multivariate_normal", *JUDGED,
    "assess scores", "assess conditioned", "report",
}  # fmt: skip
AFTER_SAMPLING = {"sample uniform_component", "sample multivariate_normal", *SCORES}
AFTER_ENCODING = {"analyse", "assess likelihood multivariate_normal", *AFTER_SAMPLING}
AFTER_TRAINING = {"train", "encode", *AFTER_ENCODING}
ALL = {"synthesize", "ingest", "assess features", *AFTER_TRAINING}


@pytest.fixture(scope="module")
def plan(tiny_settings: list[str]) -> Plan:
    return plan_study(study_config("demo", None, tiny_settings), None)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def rewrite(project: Path, path: str, *changes: tuple[str, str]) -> None:
    """Replace texts in a file; each must be there."""
    text = (project / path).read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (project / path).write_text(text)


def touched(project: Path, plan: Plan, moved: Callable[[str], str] = lambda root: root) -> set[str]:
    """The steps of ``plan`` whose keys are others with the code in ``project``; ``moved``: where roots lie there."""
    now = project_code(project)
    changed: set[tuple[str, str]] = set()
    names = set()
    for step in plan.steps:
        code = step.identity["code"]
        same = now.of([moved(root) for root in code["roots"]]).digest == code["digest"]
        if not same or changed & set(step.inputs.values()):
            changed.add((step.artifact, step.key))
            names.add(step.name)
    return names


def test_the_copy_has_the_same_keys(copy: Path, plan: Plan) -> None:
    assert {step.name for step in plan.steps} == ALL
    assert touched(copy, plan) == set()


MOVES = [
    ("tasks.compute.devices", "tasks.devices"),
    ("tasks.stage.errors", "storage.errors"),
    ("tasks.training.config", "tasks.training.settings"),
    ("tasks.training.train", "tasks.training.epochs_of_training"),
    ("tasks.training.processes", "tasks.training.team_processes"),
    ("tasks.sampling.samplers", "tasks.sampling.kinds"),
    ("tasks.reporting", "tasks.story"),
    ("storage.store", "storage.local.store"),
    ("tasks.statistics", "tasks.cloud.statistics"),
]


@pytest.mark.parametrize(("old", "new"), MOVES)
def test_a_moved_module_leaves_every_key(copy: Path, plan: Plan, old: str, new: str) -> None:
    here, there = (copy.joinpath(*name.split(".")) for name in (old, new))
    if not here.is_dir():
        here, there = here.with_suffix(".py"), there.with_suffix(".py")
    there.parent.mkdir(exist_ok=True)
    here.rename(there)
    (parent, _, name), (new_parent, _, new_name) = old.rpartition("."), new.rpartition(".")
    for path in copy.rglob("*.py"):
        text = re.sub(rf"\b{re.escape(old)}\b", new, path.read_text())
        path.write_text(
            text.replace(f"from {parent} import {name}\n", f"from {new_parent} import {new_name} as {name}\n")
        )
    assert touched(copy, plan, lambda root: re.sub(rf"^{re.escape(old)}(?=[./]|$)", new, root)) == set()


NEUTRAL = {
    "an error's message": (
        "tasks/training/partitions.py",
        (
            "training images and 1 held-out image: add images",
            "for training and 1 held out: add images",
        ),
    ),
    "a line to the log": (
        "tasks/training/train.py",
        ("train: epoch %d of %d, validation MSE %.5f", "epoch %d/%d: held-out MSE %.5f"),
    ),
    "a comment": ("tasks/training/train.py", ("# All at once: a copy would", "# In one go, as a copy would")),
    "a docstring": ("tasks/training/losses.py", ("The loss of an epoch, read back", "The epoch's loss, read back")),
    "an annotation": (
        "tasks/training/losses.py",
        ("self._unread: list[tuple[torch.Tensor, int]]", "self._unread: list[Any]"),
        ("import math\n", "import math\nfrom typing import Any\n"),
    ),
    "the annotation of a field": (
        "tasks/training/train.py",
        ("    training: PartitionImages\n", "    training: Any\n"),
    ),
    "the order of imports": (
        "tasks/training/train.py",
        ("import csv\nimport io\n", "import io\nimport csv\n"),
        ("from tasks.compute.devices import repeatable\n", ""),
        (
            "from tasks.compute.progress import",
            "from tasks.compute.devices import repeatable\nfrom tasks.compute.progress import",
        ),
    ),
    "another way to import": (
        "tasks/training/train.py",
        ("from tasks.compute.devices import repeatable", "from tasks.compute import devices as machine_room"),
        ("repeatable(", "machine_room.repeatable("),
    ),
    "a field's description": ("tasks/training/config.py", ("Components of a latent vector z.", "How long z is.")),
    "a sampler's field's description": (
        "tasks/sampling/samplers/uniform_component.py",
        ("Half the interval's length, in half-widths", "Half of its length in units"),
    ),
    "a field's bounds": ("tasks/training/config.py", ("Field(40, ge=1, le=10_000,", "Field(40, ge=2, le=20_000,")),
    "a bound inside an annotation": ("tasks/autoencoder/config.py", ("Field(ge=1, le=2048)", "Field(ge=1, le=4096)")),
    "a validator's message": (
        "tasks/training/config.py",
        ("train.nodes above 1 needs train.rendezvous=host:port", "give train.rendezvous=host:port"),
    ),
    "a setting of the machine": (
        "tasks/training/config.py",
        ('device: str = machine_field("auto"', 'device: str = machine_field("cpu"'),
    ),
    "Prefect's side of a stage": ("tasks/training/task.py", ("Train the autoencoder", "Fit the autoencoder")),
    "how keys are made": ("storage/keys/merkle.py", ("digest_size=16", "digest_size=12")),
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_what_computes_nothing_does_not_count(copy: Path, plan: Plan, name: str) -> None:
    path, *changes = NEUTRAL[name]
    rewrite(copy, path, *changes)
    assert touched(copy, plan) == set()


REAL = {
    "the network, made by a module called config": (
        "tasks/training/config.py",
        ("activation=self.activation", 'activation="relu"'),
        AFTER_TRAINING,
    ),
    "a constant": ("tasks/training/config.py", ("FEWEST_IMAGES = 8", "FEWEST_IMAGES = 9"), AFTER_TRAINING),
    "an operator": (
        "tasks/compute/epochs.py",
        ("end + (start - end)", "end - (start - end)"),
        AFTER_TRAINING | {"assess features"},
    ),
    "a default": (
        "tasks/compute/epochs.py",
        ("warm_up: float = 0.3", "warm_up: float = 0.2"),
        AFTER_TRAINING | {"assess features"},
    ),
    "what a machine's field is": (
        "tasks/stage/config.py",
        ('{"identity": False}', '{"identity": None}'),
        ALL - {"synthesize"},
    ),
    "a base class's method": (
        "tasks/training/family.py",
        ("        return code\n", "        return code * 1\n"),
        AFTER_TRAINING,
    ),
    "a decorator": (
        "tasks/autoencoder/codec.py",
        ("@torch.inference_mode()", "@torch.no_grad()"),
        AFTER_ENCODING | {"encode"},
    ),
    "a class's attribute": ("tasks/training/families/ae.py", ('title = "', 'title = "A '), AFTER_TRAINING),
    "another family's class": ("tasks/training/families/vae.py", ('title = "', 'title = "A '), set()),
    "one sampler's draws": (
        "tasks/sampling/samplers/uniform_component.py",
        ("rng.uniform(-1, 1,", "rng.uniform(-1, 2,"),
        {
            "sample uniform_component",
            "assess uniform_component",
            "assess judge uniform_component",
            "assess scores",
            "report",
        },
    ),
    "a metric's formula": (
        "tasks/assessment/metrics/sharpness.py",
        ("/ unit if unit > 0", "* unit if unit > 0"),
        SCORES,
    ),
    "the measure of a broken face": ("tasks/assessment/broken.py", ("0.5 * (terms", "0.4 * (terms"), SCORES),
    "how copies are counted": ("tasks/assessment/copies.py", ("NEAREST = 0.05", "NEAREST = 0.06"), SCORES),
    "how fresh draws are judged": (
        "tasks/assessment/judge.py",
        ("PIXELS_OF = 1000", "PIXELS_OF = 999"),
        JUDGED | {"assess autoencoder", "assess scores", "report"},
    ),
    "the rule": ("tasks/finished/verdict.py", ("WORST_ERROR = 0.25", "WORST_ERROR = 0.3"), {"report"}),
    "a synthetic face": ("tasks/synthesis/noise.py", ("20170410", "20170411"), ALL),
    "what zarr is set to at import": (
        "storage/arrays.py",
        ('"array.write_empty_chunks": True', '"array.write_empty_chunks": False'),
        ALL - {"synthesize"},
    ),
    "the page's style": ("tasks/page/page.css", ("{", " {"), {"report"}),
    "a section of the report": ("tasks/reporting/topics/quality.py", ("ORDER = ", "ORDER = 1 + "), {"report"}),
}


@pytest.mark.parametrize("name", REAL)
def test_what_computes_counts_where_it_is_used(copy: Path, plan: Plan, name: str) -> None:
    path, change, expected = REAL[name]
    rewrite(copy, path, change)
    assert touched(copy, plan) == expected


ADDED = {
    "tasks/sampling/samplers/doubled.py": ("tasks/sampling/samplers/shuffled.py", set()),
    "tasks/assessment/metrics/doubled.py": ("tasks/assessment/metrics/sharpness.py", SCORES),
    "tasks/statistics/facets/doubled.py": ("tasks/statistics/facets/shape.py", AFTER_ENCODING),
    "tasks/reporting/topics/doubled.py": ("tasks/reporting/topics/quality.py", {"report"}),
}
"""New files, what they are copies of, and the steps that they are for."""

KEYS = """
import json, sys
from flows.config import study_config
from flows.study_plan import plan_study
print(json.dumps({step.name: step.key for step in plan_study(study_config("demo", None, sys.argv[1:]), None).steps}))
"""


@pytest.mark.parametrize("path", ADDED)
def test_a_new_file_counts_where_it_is_found(copy: Path, plan: Plan, tiny_settings: list[str], path: str) -> None:
    like, expected = ADDED[path]
    shutil.copy(copy / like, copy / path)
    command = [sys.executable, "-c", KEYS, *tiny_settings]
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True, text=True)
    keys = json.loads(done.stdout)
    assert {step.name for step in plan.steps if keys[step.name] != step.key} == expected


def test_a_stages_face_to_prefect_is_in_no_key(plan: Plan) -> None:
    counted = {module for step in plan.steps for module in step.identity["code"]["modules"]}
    assert not {module for module in counted if module.rpartition(".")[2] == "task" or module.startswith("flows")}


def test_nothing_else_loads_modules_by_name() -> None:
    loaders = re.compile(r"\bimport_module\(|\biter_modules\(|\b__import__\(|\bspec_from|\bwalk_packages\(|\brunpy\b")
    files = {path for package in ("tasks", "storage") for path in (PROJECT / package).rglob("*.py")}
    found = {path.relative_to(PROJECT).as_posix() for path in files if loaders.search(path.read_text())}
    assert found == {
        "tasks/stage/registry.py",
        "tasks/stage/task.py",  # what counts already
        "tasks/autoencoder/custom.py",  # the user's own network, which counts as a setting
    }
