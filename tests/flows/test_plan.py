import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.config import study_config
from flows.outlook import outlook
from flows.plan import Plan
from flows.study_plan import plan_study
from storage.artifact import IDENTITY
from storage.files import write_json
from storage.keys import PROJECT, artifact_key
from storage.record import RECORD
from storage.store import LocalStore, Store
from tasks.stage.errors import InputError
from tasks.stage.step import Step
from tasks.synthesis.synthesize import synthesize


def keys(plan: Plan) -> dict[str, str]:
    return {step.name: step.key for step in plan.steps}


def changed(tiny_settings: list[str], *settings: str) -> set[str]:
    before = keys(plan_study(study_config("demo", None, tiny_settings), None))
    after = keys(plan_study(study_config("demo", None, [*tiny_settings, *settings]), None))
    return {name for name in before if before[name] != after.get(name)}


def test_one_samplers_level_touches_that_sampler_its_scores_and_the_report(tiny_settings: list[str]) -> None:
    assert changed(tiny_settings, "sample.uniform_component.fact=[0.5,1.0]") == {
        "sample uniform_component",
        "assess uniform_component",
        "assess judge uniform_component",
        "assess scores",
        "report",
    }


def test_how_many_are_judged_touches_the_judgement_alone(tiny_settings: list[str]) -> None:
    judged = {"assess autoencoder", "assess judge uniform_component", "assess judge multivariate_normal"}
    for setting in ("assess.judge.count=800", "assess.judge.repeats=5", "assess.judge.most_copied=0.2"):
        assert changed(tiny_settings, setting) == {*judged, "assess scores", "report"}


def test_a_planned_comparison_of_another_sampler_judges_this_one_at_its_usual_level_too(
    tiny_settings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys(plan_study(study_config("demo", None, tiny_settings), None))
    monkeypatch.setattr("flows.study_plan.compared_as_usual", lambda: {"multivariate_normal", "uniform_component"})
    after = keys(plan_study(study_config("demo", None, tiny_settings), None))
    assert {name for name in before if before[name] != after[name]} == {
        "assess judge uniform_component",
        "assess scores",
        "report",
    }


def test_training_longer_touches_what_comes_after_but_not_the_feature_network(tiny_settings: list[str]) -> None:
    touched = changed(tiny_settings, "train.epochs=4")
    assert {"train", "encode", "analyse", "sample multivariate_normal", "report"} <= touched
    assert not touched & {"synthesize", "ingest", "assess features"}


def test_a_flow_given_attributes_is_a_step_of_its_own(tiny_settings: list[str]) -> None:
    assert changed(tiny_settings, "order.seed=1") == set()
    assert changed(tiny_settings, "order.guided=true") == {"assess conditioned", "report"}
    steps = plan_study(study_config("demo", None, [*tiny_settings, "order.guided=true"]), None).steps
    assert {step.name: set(step.inputs) for step in steps}["sample guided"] == {"dataset", "latents", "statistics"}


def test_the_machine_touches_nothing(tiny_settings: list[str]) -> None:
    assert changed(tiny_settings, "train.device=cpu", "analyse.workers=1", "synthesize.workers=1") == set()
    cluster = "dask.scheduler=tcp://127.0.0.1:8786"
    assert changed(tiny_settings, cluster, "train.processes=4") == set()
    plan = plan_study(study_config("demo", None, [*tiny_settings, cluster]), None)
    assert {step.dask.address for step in plan.steps} == {"tcp://127.0.0.1:8786"}


def test_more_samplers_leave_the_others_alone(tiny_settings: list[str]) -> None:
    added = "sample.samplers=[uniform_component,multivariate_normal,shuffled]"
    assert changed(tiny_settings, added) == {"assess scores", "report"}


def test_a_feature_network_of_ones_own_comes_before_training_and_counts_by_its_content(
    tmp_path: Path, tiny_settings: list[str]
) -> None:
    def planned(path: Path) -> Plan:
        return plan_study(study_config("demo", None, [*tiny_settings, f"assess.inception={path}"]), None)

    with pytest.raises(InputError, match=r"assess\.inception: .*absent\.pt cannot be read"):
        planned(tmp_path / "absent.pt")
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).write_bytes(b"one network")
    plan = planned(tmp_path / "a.pt")
    assert [step.name for step in plan.steps].index("assess inception") < 3
    assert keys(plan) == keys(planned(tmp_path / "b.pt"))
    before = keys(plan_study(study_config("demo", None, tiny_settings), None))
    touched = {name for name in before if before[name] != keys(plan)[name]}
    assert touched == {
        "assess reconstructions", "assess autoencoder", "assess uniform_component", "assess judge uniform_component",
        "assess multivariate_normal", "assess judge multivariate_normal", "assess scores",
        "assess conditioned", "report",
    }  # fmt: skip
    (tmp_path / "b.pt").write_bytes(b"another")
    assert keys(planned(tmp_path / "b.pt"))["assess inception"] != keys(plan)["assess inception"]


def test_data_count_by_content_not_by_place(tmp_path: Path, tiny_settings: list[str]) -> None:
    config = study_config("demo", None, tiny_settings)
    synthesize(tmp_path / "a", 12, 0, workers=1)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    here, there = (keys(plan_study(config, str(tmp_path / name))) for name in "ab")
    assert here == there
    image = next((tmp_path / "b" / "img_align_celeba").iterdir())
    image.write_bytes(image.read_bytes() + b"\0")
    assert keys(plan_study(config, str(tmp_path / "b")))["ingest"] != here["ingest"]


def test_upto_keeps_what_a_stage_needs(tiny_settings: list[str]) -> None:
    plan = plan_study(study_config("demo", None, tiny_settings), None)
    assert [step.name for step in plan.upto("encode").steps] == ["synthesize", "ingest", "train", "encode"]
    assert "report" not in keys(plan.upto("assess"))


def test_unknown_stages_to_refresh_are_named(tiny_settings: list[str]) -> None:
    plan = plan_study(study_config("demo", None, tiny_settings), None)
    with pytest.raises(InputError, match="unknown stage nonsense; choose from synthesize, ingest, train"):
        plan.select(["nonsense"])
    assert [step.name for step in plan.select(["train", "assess features"])] == ["train", "assess features"]


def finish(store: Store, step: Step) -> None:
    folder = store.folder(step.artifact, step.key)
    write_json(folder / IDENTITY, step.identity)
    (folder / RECORD).write_text("{}")


def test_the_outlook_says_why(tmp_path: Path, tiny_settings: list[str]) -> None:
    store = LocalStore(tmp_path)
    plan = plan_study(study_config("demo", None, tiny_settings), None)
    assert {view.reason for view in outlook(plan, store, [])} == {"not in the store yet"}
    for step in plan.steps:
        finish(store, step)
    assert all(view.cached for view in outlook(plan, store, []))
    longer = plan_study(study_config("demo", None, [*tiny_settings, "train.epochs=9"]), None)
    why = {view.step.name: view.reason for view in outlook(longer, store, []) if not view.cached}
    assert why["train"] == "epochs 3 → 9"
    assert why["encode"] == "different model"
    forced = {view.step.name: view.reason for view in outlook(plan, store, ["encode"]) if not view.cached}
    assert forced == {"encode": "refresh requested"}
    step = plan.steps[2]
    (store.folder(step.artifact, step.key) / RECORD).unlink()
    assert [view.reason for view in outlook(plan, store, []) if not view.cached] == ["continues an interrupted run"]


KEYS = """
import json
from flows.config import study_config
from flows.study_plan import plan_study
print(json.dumps({step.name: step.key for step in plan_study(study_config("demo"), None).steps}))
"""


@pytest.fixture(scope="module")
def copied_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("project")
    for package in ("flows", "tasks", "storage"):
        shutil.copytree(PROJECT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def keys_of(project: Path) -> dict[str, str]:
    command = [sys.executable, "-c", KEYS]
    environment = {**os.environ, "PYTHONPATH": str(project)}
    done = subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True, text=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_editing_this_projects_own_code(copied_project: Path) -> None:
    before = keys_of(copied_project)
    module = copied_project / "tasks" / "statistics" / "moments.py"
    text = module.read_text()
    module.write_text(text.replace("\n\n\ndef ", "\n\n\n# a remark\n\n\ndef "))
    assert module.read_text() != text
    assert keys_of(copied_project) == before
    module.write_text(text + "\n\nNEW = 1\n")
    after = keys_of(copied_project)
    touched = {name for name in before if before[name] != after[name]}
    assert {"analyse", "sample shuffled", "report"} <= touched
    assert not touched & {"synthesize", "ingest", "train", "encode", "assess features"}


def test_the_outlook_names_the_code_that_changed(tmp_path: Path, tiny_settings: list[str]) -> None:
    """Digests of the modules that a step was made with stand in its artifact's record, beside the key."""
    store, plan = LocalStore(tmp_path), plan_study(study_config("demo", None, tiny_settings), None)
    step = next(step for step in plan.steps if step.name == "train")
    code = step.identity["code"]
    assert artifact_key({**step.identity, "code": code["digest"]}) == step.key
    old = {**code["modules"], "tasks.compute.epochs": "0" * 16}
    folder = store.folder("model", "0123456789abcdef")
    write_json(folder / IDENTITY, {**step.identity, "code": {**code, "digest": "0" * 32, "modules": old}})
    (folder / RECORD).write_text("{}")
    why = {view.step.name: view.reason for view in outlook(plan, store, [])}
    assert why["train"] == "the code of tasks.compute.epochs changed"
    assert why["encode"] == "not in the store yet"
