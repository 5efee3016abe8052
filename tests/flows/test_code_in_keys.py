"""Edits of this project's own code, in a copy: which keys change, and that all others are the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.config import study_config
from flows.plan import Plan, plan_study
from storage.keys import PACKAGES, PROJECT
from storage.keys.program import Program
from storage.keys.sources import Sources

AFTER_TRAINING = {
    "train", "encode", "analyse", "sample uniform_component", "sample multivariate_normal", "assess reconstructions",
    "assess uniform_component", "assess multivariate_normal", "assess scores", "report",
}  # fmt: skip
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


def everywhere(project: Path, *changes: tuple[str, str]) -> None:
    """Replace whole words in all modules, or in one."""
    for path in project.rglob("*.py") if project.is_dir() else [project]:
        text = changed = path.read_text()
        for old, new in changes:
            changed = re.sub(rf"\b{re.escape(old)}\b", new, changed)
        if changed != text:
            path.write_text(changed)


def touched(project: Path, plan: Plan, moved: Callable[[str], str] = lambda root: root) -> set[str]:
    """The steps of ``plan`` whose keys are others with the code in ``project``; ``moved``: where roots lie there."""
    program = Program(Sources(project), PACKAGES)
    changed: set[tuple[str, str]] = set()
    names = set()
    for step in plan.steps:
        code = step.identity["code"]
        same = program.code([moved(root) for root in code["roots"]]).digest == code["digest"]
        if not same or changed & set(step.inputs.values()):
            changed.add((step.artifact, step.key))
            names.add(step.name)
    return names


def test_the_copy_has_the_same_keys(copy: Path, plan: Plan) -> None:
    assert {step.name for step in plan.steps} == ALL
    assert touched(copy, plan) == set()


def test_another_network_is_trained_though_a_module_called_config_makes_it(copy: Path, plan: Plan) -> None:
    rewrite(copy, "tasks/training/config.py", ("activation=self.activation", 'activation="relu"'))
    assert touched(copy, plan) == AFTER_TRAINING


def moves() -> Iterator[tuple[str, Callable[[Path], None], Callable[[str], str]]]:
    def module(old: str, new: str) -> Callable[[Path], None]:
        def move(project: Path) -> None:
            here, there = (project / f"{name.replace('.', '/')}" for name in (old, new))
            here, there = (here, there) if here.is_dir() else (here.with_suffix(".py"), there.with_suffix(".py"))
            there.parent.mkdir(parents=True, exist_ok=True)
            here.rename(there)
            if there.is_dir() and (there.parent / "__init__.py").exists() is False and there.parent != project:
                (there.parent / "__init__.py").write_text("")
            parent, _, name = old.rpartition(".")
            new_parent, _, new_name = new.rpartition(".")
            everywhere(
                project, (old, new), (f"from {parent} import {name}", f"from {new_parent} import {new_name} as {name}")
            )

        return move

    def root(old: str, new: str) -> Callable[[str], str]:
        return lambda text: re.sub(rf"^{re.escape(old)}(?=[.:/])", new, text)

    for old, new in (
        ("tasks.devices", "tasks.compute.devices"),
        ("tasks.errors", "storage.errors"),
        ("storage.arrays", "storage.zarr_arrays"),
        ("tasks.training.step", "tasks.training.one_step"),
        ("tasks.training.config", "tasks.training.settings"),
        ("tasks.training.processes", "tasks.training.team_processes"),
        ("tasks.training.train", "tasks.training.epochs_of_training"),
        ("tasks.registry", "tasks.stage.registry"),
        ("tasks.cluster", "tasks.compute.cluster"),
        ("tasks.sampling.samplers", "tasks.sampling.kinds"),
        ("tasks.training", "tasks.learning"),
        ("tasks.reporting", "tasks.page"),
        ("storage.store", "storage.local.store"),
        ("tasks.statistics", "tasks.cloud.statistics"),
    ):
        yield f"{old} to {new}", module(old, new), root(old, new)


@pytest.mark.parametrize(("move", "moved"), [pytest.param(move, moved, id=name) for name, move, moved in moves()])
def test_a_move_is_for_nothing(
    copy: Path, plan: Plan, move: Callable[[Path], None], moved: Callable[[str], str]
) -> None:
    move(copy)
    assert touched(copy, plan, moved) == set()


NEUTRAL = {
    "an error's message": (
        "tasks/training/train.py",
        (
            'training needs at "\n            f"least {FEWEST_IMAGES} and 1',
            'too few: "\n            f"{FEWEST_IMAGES} are',
        ),
    ),
    "a hint put together for an error": (
        "tasks/autoencoder/config.py",
        ('f", or at most {stages} {entries} in', 'f", or {entries} fewer than {stages} in'),
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
    "the annotation of a record's field": (
        "tasks/training/train.py",
        ("    training: PartitionImages\n", "    training: Any\n"),
    ),
    "the order of imports": (
        "tasks/training/train.py",
        ("import csv\nimport io\n", "import io\nimport csv\n"),
        ("from tasks.devices import repeatable\n", ""),
        ("from tasks.progress import", "from tasks.devices import repeatable\nfrom tasks.progress import"),
    ),
    "an import under another name": (
        "tasks/training/train.py",
        ("from tasks.devices import repeatable", "from tasks import devices as machine_room"),
        ("repeatable(", "machine_room.repeatable("),
    ),
    "a field's description": ("tasks/training/config.py", ("Components of a latent vector z.", "How long z is.")),
    "a sampler's field's description": (
        "tasks/sampling/samplers/uniform_component.py",
        ("half the interval's length in half-widths", "half of its length in units"),
    ),
    "a field's bounds": ("tasks/training/config.py", ("Field(40, ge=1, le=10_000,", "Field(40, ge=2, le=20_000,")),
    "a bound inside an annotation": ("tasks/autoencoder/config.py", ("Field(ge=1, le=2048)", "Field(ge=1, le=4096)")),
    "a validator's message": (
        "tasks/training/config.py",
        (
            "several train.nodes need train.rendezvous=host:port, where they meet",
            "with train.nodes give train.rendezvous=host:port",
        ),
    ),
    "a description of what there is": (
        "tasks/assessment/config.py",
        ('__doc__="How decoded faces are scored against real ones."', '__doc__="Scores."'),
    ),
    "a helper that no kernel uses": (
        "tasks/epochs.py",
        ("def one_cycle(", "def unused(step: int) -> int:\n    return step + 1\n\n\ndef one_cycle("),
    ),
    "Prefect's side of a stage": (
        "tasks/training/task.py",
        ('"Train the autoencoder on the training partition."', '"Train."'),
    ),
    "how keys are made": (
        "storage/keys/merkle.py",
        ("def digest(", "def unused() -> int:\n    return 1\n\n\ndef digest("),
    ),
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_what_computes_nothing_does_not_count(copy: Path, plan: Plan, name: str) -> None:
    path, *changes = NEUTRAL[name]
    rewrite(copy, path, *changes)
    assert touched(copy, plan) == set()


def cut(project: Path, path: str, begins: str, ends: str) -> str:
    """Take the text between two texts out of a file."""
    text = (project / path).read_text()
    start = text.index(begins)
    end = text.index(ends, start) if ends else len(text)
    (project / path).write_text(text[:start] + text[end:])
    return text[start:end]


def test_a_definition_in_another_module_is_the_same(copy: Path, plan: Plan) -> None:
    moved = cut(copy, "tasks/epochs.py", "def one_cycle", "def _half_cosine") + cut(
        copy, "tasks/epochs.py", "def _half_cosine", "def set_learning_rate"
    )
    (copy / "tasks" / "schedule.py").write_text(f"from __future__ import annotations\n\nimport math\n\n\n{moved}")
    for path in ("tasks/training/train.py", "tasks/assessment/classifier.py"):
        everywhere(
            copy / path, ("EpochCheckpoint, one_cycle", "EpochCheckpoint"), ("epoch_order, one_cycle", "epoch_order")
        )
        rewrite(copy, path, ("from tasks.progress", "from tasks.schedule import one_cycle\nfrom tasks.progress"))
    moved = cut(copy, "tasks/autoencoder/config.py", "class AutoencoderConfig", "def check_image_size")
    head = (copy / "tasks" / "autoencoder" / "config.py").read_text().partition("\ndef check_image_size")[0]
    (copy / "tasks" / "autoencoder" / "shape.py").write_text(head + moved)
    rewrite(
        copy,
        "tasks/autoencoder/config.py",
        (
            "def check_image_size",
            "from tasks.autoencoder.shape import AutoencoderConfig as AutoencoderConfig\n\n\ndef check_image_size",
        ),
    )
    assert touched(copy, plan) == set()


SCORES = {"assess reconstructions", "assess uniform_component", "assess multivariate_normal", "assess scores", "report"}
AFTER_SAMPLING = {"sample uniform_component", "sample multivariate_normal", *SCORES}
CURLS = "CURLS: Array = _smooth_noise(_rng, _ROOM, (13.0, 13.0))"
STUBBLE = "STUBBLE: Array = _smooth_noise(_rng, _ROOM, (4.5, 2.5))"
REAL = {
    "a constant of the training": (
        "tasks/training/train.py",
        [("FEWEST_IMAGES = 8", "FEWEST_IMAGES = 9")],
        AFTER_TRAINING,
    ),
    "an operator, three modules deep": (
        "tasks/epochs.py",
        [("end + (start - end)", "end - (start - end)")],
        AFTER_TRAINING | {"assess features"},
    ),
    "a default": (
        "tasks/epochs.py",
        [("warm_up: float = 0.3", "warm_up: float = 0.2")],
        AFTER_TRAINING | {"assess features"},
    ),
    "what a machine's field is": (
        "tasks/config.py",
        [('{"identity": False}', '{"identity": None}')],
        ALL - {"synthesize"},
    ),
    "a base class's method": (
        "tasks/training/family.py",
        [("        return code\n", "        return code * 1\n")],
        AFTER_TRAINING,
    ),
    "the method of a configuration": (
        "tasks/training/config.py",
        [("return self.processes * self.nodes", "return self.processes + self.nodes")],
        AFTER_TRAINING,
    ),
    "a decorator": ("tasks/autoencoder/codec.py", [("@torch.inference_mode()", "@torch.no_grad()")], AFTER_SAMPLING),
    "a class's attribute": ("tasks/training/families/ae.py", [('title = "', 'title = "A ')], AFTER_TRAINING),
    "another family's class": ("tasks/training/families/vae.py", [('title = "', 'title = "A ')], set()),
    "a helper of one sampler": (
        "tasks/sampling/samplers/uniform_component.py",
        [("rng.uniform(-1, 1,", "rng.uniform(-1, 2,")],
        {"sample uniform_component", "assess uniform_component", "assess scores", "report"},
    ),
    "a constant of four metrics": (
        "tasks/assessment/neighbourhoods.py",
        [("NEIGHBOURS = 5", "NEIGHBOURS = 6")],
        SCORES,
    ),
    "a metric's formula": (
        "tasks/assessment/metrics/sharpness.py",
        [("/ unit if unit > 0", "* unit if unit > 0")],
        SCORES,
    ),
    "a synthetic face": ("tasks/synthesis/noise.py", [("20170410", "20170411")], ALL),
    "the order of noise": (
        "tasks/synthesis/noise.py",
        [(f"{CURLS}\n{STUBBLE}\n", f"{STUBBLE}\n{CURLS}\n")],
        ALL,
    ),
    "what zarr is set to at import": (
        "storage/arrays.py",
        [('{"array.write_empty_chunks": True}', '{"array.write_empty_chunks": False}')],
        ALL - {"synthesize"},
    ),
    "the page's style": ("tasks/reporting/page.css", [("{", " {")], {"report"}),
    "a section of the report": ("tasks/reporting/sections/quality.py", [("ORDER = ", "ORDER = 1 + ")], {"report"}),
}


@pytest.mark.parametrize("name", REAL)
def test_what_computes_counts_where_it_is_used(copy: Path, plan: Plan, name: str) -> None:
    path, changes, expected = REAL[name]
    rewrite(copy, path, *changes)
    assert touched(copy, plan) == expected


ADDED = {
    "a sampler": ("tasks/sampling/samplers/doubled.py", "tasks/sampling/samplers/shuffled.py", set()),
    "a metric": ("tasks/assessment/metrics/doubled.py", "tasks/assessment/metrics/sharpness.py", SCORES),
    "a facet": (
        "tasks/statistics/facets/doubled.py",
        "tasks/statistics/facets/shape.py",
        AFTER_TRAINING - {"train", "encode"},
    ),
    "a section": ("tasks/reporting/sections/doubled.py", "tasks/reporting/sections/quality.py", {"report"}),
}
"""A new file, what it is a copy of, and the steps that it is for."""

KEYS = """
import json, sys
from flows.config import study_config
from flows.plan import plan_study
print(json.dumps({step.name: step.key for step in plan_study(study_config("demo", None, sys.argv[1:]), None).steps}))
"""


@pytest.mark.parametrize("name", ADDED)
def test_a_new_file_counts_where_it_is_found(copy: Path, plan: Plan, tiny_settings: list[str], name: str) -> None:
    path, like, expected = ADDED[name]
    shutil.copy(copy / like, copy / path)
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    command = [sys.executable, "-c", KEYS, *tiny_settings]
    done = subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True, text=True)
    keys = json.loads(done.stdout)
    assert {step.name for step in plan.steps if keys[step.name] != step.key} == expected


FOUND_BY_NAME = {
    "tasks.training.registry:FAMILIES": "tasks.training.families.",
    "tasks.sampling.registry:SAMPLERS": "tasks.sampling.samplers.",
    "tasks.statistics.facets:registered": "tasks.statistics.facets.*",
    "tasks.assessment.metrics:registered": "tasks.assessment.metrics.",
    "tasks.reporting.sections:registered": "tasks.reporting.sections.*",
    "tasks.reporting.findings:registered": "tasks.reporting.findings.*",
}
"""What loads modules that no name in the code leads to, and the roots by which they count."""


def test_what_is_found_by_a_files_name_is_a_root(plan: Plan) -> None:
    seen = set()
    for step in plan.steps:
        code = step.identity["code"]
        for place, root in FOUND_BY_NAME.items():
            module, _, name = place.partition(":")
            if name in code["definitions"].get(module, {}):
                seen.add(place)
                assert any(one.startswith(root) for one in code["roots"]), (step.name, place)
    assert seen == FOUND_BY_NAME.keys()


def test_nothing_else_loads_modules_by_name() -> None:
    loaders = re.compile(r"\bimport_module\(|\biter_modules\(|\b__import__\(|\bspec_from|\bwalk_packages\(|\brunpy\b")
    files = {path for package in ("tasks", "storage") for path in (PROJECT / package).rglob("*.py")}
    found = {path.relative_to(PROJECT).as_posix() for path in files if loaders.search(path.read_text())}
    assert found == {
        "tasks/registry.py",
        "tasks/statistics/facets/__init__.py",
        "tasks/assessment/metrics/__init__.py",
        "tasks/reporting/sections/__init__.py",
        "tasks/reporting/findings/__init__.py",
        "tasks/task.py",  # what counts already
        "tasks/autoencoder/own.py",  # the user's own network, which counts as a setting
    }
