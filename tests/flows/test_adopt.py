"""An autoencoder from elsewhere in a study's configuration and plan."""

from pathlib import Path

import numpy as np
import pytest

from flows.comparing.config import CompareConfig, configurations
from flows.config import StudyConfig, study_config
from flows.parameters import subject
from flows.run import TASKS, check_machine, task_of
from flows.study_plan import plan_study
from storage.opening import open_store
from tasks.adoption.config import AdoptConfig
from tasks.stage.errors import InputError
from tests.tasks.adoption.linear import Linear, write_decoder, write_encoder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The description of a model of 32×32 images."""
    linear = Linear(np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8))
    write_encoder(tmp_path / "encoder.onnx", linear)
    write_decoder(tmp_path / "decoder.onnx", linear)
    (tmp_path / "mine.yaml").write_text("encoder: encoder.onnx\ndecoder: decoder.onnx\n")
    return tmp_path / "mine.yaml"


def test_images_get_the_size_that_the_model_takes(mine: Path) -> None:
    config = study_config("demo", None, [f"adopt.file={mine}"])
    assert config.ingest.image_size == 32
    assert StudyConfig.model_validate(config.model_dump(mode="json")) == config
    assert StudyConfig(adopt=AdoptConfig(file=str(mine))).ingest.image_size == 32
    assert subject(config, None) == "4000 synthetic 32x32 mine"
    for preset in ("celeba", "celeba64"):
        assert study_config(preset, None, [f"adopt.file={mine}"]).ingest.image_size == 32
    for preset in ("demo", "celeba64"):
        with pytest.raises(InputError, match=r"image_size is 64, but .*mine\.yaml is a model of 32×32 images: omit it"):
            study_config(preset, None, [f"adopt.file={mine}", "ingest.image_size=64"])


def test_a_variational_models_prior_is_one_more_row(mine: Path, tiny_settings: list[str]) -> None:
    usual = study_config("demo", None, [f"adopt.file={mine}"]).sample.samplers
    mine.write_text(mine.read_text() + "variational: yes\n")
    config = study_config("demo", None, [f"adopt.file={mine}"])
    assert set(config.sample.samplers) - set(usual) == {"standard_normal"}
    assert StudyConfig.model_validate(config.model_dump(mode="json")) == config
    named = study_config("demo", None, [*tiny_settings, f"adopt.file={mine}"]).sample.samplers
    assert named == ("uniform_component", "multivariate_normal")


def test_it_is_adopted_in_place_of_a_training(mine: Path, tiny_settings: list[str]) -> None:
    trained = plan_study(study_config("demo", None, tiny_settings), None)
    plan = plan_study(study_config("demo", None, [*tiny_settings, f"adopt.file={mine}"]), None)
    assert [step.name for step in plan.steps] == [step.name.replace("train", "adopt") for step in trained.steps]
    keys, before = ({step.name: step.key for step in one.steps} for one in (plan, trained))
    assert {name for name in keys if keys[name] == before.get(name)} == {"synthesize", "ingest", "assess features"}
    longer = study_config("demo", None, [*tiny_settings, f"adopt.file={mine}", "train.epochs=9"])
    assert [step.key for step in plan_study(longer, None).steps] == [step.key for step in plan.steps]
    models = [next(step for step in one.steps if step.artifact == "model") for one in (trained, plan)]
    assert [task_of(step).name for step in models] == ["train", "adopt"]
    assert TASKS["model"].name == "train"
    for one, absent, words in ((plan, "train", "latentfaces adopt"), (trained, "adopt", "--autoencoder")):
        with pytest.raises(InputError, match=words):
            one.upto(absent)


def test_a_model_that_cannot_be_used_is_refused_before_anything_runs(
    mine: Path, tiny_settings: list[str], tmp_path: Path
) -> None:
    store = open_store(tmp_path / "store")
    config = study_config("demo", None, [*tiny_settings, f"adopt.file={mine}"])
    check_machine(plan_study(config, None), store)
    linear = Linear(np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8))
    write_encoder(mine.parent / "encoder.onnx", linear, damage=np.nan)
    config = study_config("demo", None, [*tiny_settings, f"adopt.file={mine}"])
    with pytest.raises(InputError, match=r"encoder\.onnx gives values that are not finite"):
        check_machine(plan_study(config, None), store)


def test_what_the_files_say_is_checked_with_the_settings(mine: Path) -> None:
    mine.write_text("encoder: decoder.onnx\ndecoder: encoder.onnx\n")
    with pytest.raises(InputError, match="encoder and decoder are swapped"):
        study_config("demo", None, [f"adopt.file={mine}"])


def test_models_can_be_compared(mine: Path, tiny_settings: list[str]) -> None:
    other = mine.with_name("other.yaml")
    other.write_text(mine.read_text() + "pixels: {range: [0, 1]}\n")
    config = CompareConfig(grid={"adopt.file": (str(mine), str(other))})
    members = configurations(config)
    assert [member.name for member in members] == ["file=mine.yaml", "file=other.yaml"]
    assert {member.study.ingest.image_size for member in members} == {32}
    same = mine.parent / "other" / mine.name
    same.parent.mkdir()
    same.write_text("encoder: ../encoder.onnx\ndecoder: ../decoder.onnx\n")
    alike = configurations(CompareConfig(grid={"adopt.file": (str(mine), str(same))}))
    assert [member.name for member in alike] == [f"file={mine}", f"file={same}"]
    assert len({plan_study(member.study, None).upto("adopt").steps[-1].key for member in members}) == 2
