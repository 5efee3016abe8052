from pathlib import Path

import pytest

from flows.config import PRESETS, StudyConfig, study_config
from tasks.stage.config import StageConfig, machine_field
from tasks.stage.errors import InputError


@pytest.mark.parametrize("preset", list(PRESETS))
def test_presets_are_valid(preset: str) -> None:
    config = study_config(preset)
    assert config.assess.count <= config.sample.count
    assert config.ingest.image_size % 2 ** len(config.train.channels) == 0


def test_the_published_protocol() -> None:
    config = study_config("celeba64")
    assert (config.ingest.crop, config.ingest.image_size, config.train.latent_dim) == (140, 64, 64)
    assert config.assess.count // config.assess.repeats == 10_000
    assert config.sample.gaussian_mixture.components == (10,)  # type: ignore[attr-defined]


def test_settings_go_over_file_over_preset(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text("train: {epochs: 7, batch_size: 32}\nsample:\n  uniform_component: {fact: [1.0, 2.0]}\n")
    config = study_config("celeba", file, ["train.epochs=9", "sample.uniform_common.b=[1]"])
    assert config.ingest.image_size == 96
    assert (config.train.epochs, config.train.batch_size) == (9, 32)
    assert config.sample.uniform_component.fact == (1.0, 2.0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["train.epochs"], "expected stage.field=value"),
        (["train.epoch=3"], r"train.epoch: no such setting; did you mean train\.epochs\?; choose from .*epochs"),
        (["train.epochs=0"], r"train.epochs: .*greater than or equal to 1 \(got 0\)"),
        (["train.epochs=many"], r"train.epochs: .*\(got 'many'\)"),
        (["ingest.image_size=1000"], r"ingest.image_size: .*256"),
        (["training.epochs=3"], r"training: no such setting; did you mean train\?; choose from .*train"),
        (["ingest.image_size=50"], r"50.*16"),
        (["report.metric=fd"], "report.metric: no such setting"),
        (["assess.judge.count=100"], "assess.judge.count: .*greater than or equal to 500"),
        (["sample.count=3"], r"sample.count: 3 draws"),
        (["assess.count=5"], r"assess.count: 3 draws \(assess.repeats\) need at least 2 images each"),
        (["sample.samplers=[nonsense]"], r"unknown sampler 'nonsense'; choose from .*uniform_component"),
    ],
)
def test_what_is_wrong_is_named(settings: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        study_config("demo", None, settings)


def test_wrong_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.yaml cannot be read"):
        study_config(None, tmp_path / "absent.yaml")
    (tmp_path / "bad.yaml").write_text("train: [")
    with pytest.raises(InputError, match=r"bad\.yaml is not YAML"):
        study_config(None, tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(InputError, match="must map stages"):
        study_config(None, tmp_path / "list.yaml")
    with pytest.raises(InputError, match="unknown preset 'nonsense'; choose from demo"):
        study_config("nonsense")


def test_what_belongs_to_the_machine_is_no_identity() -> None:
    config = study_config(None, None, ["train.device=cpu", "analyse.workers=2"])
    assert config.train.identity() == StudyConfig().train.identity()
    assert config.analyse.identity() == StudyConfig().analyse.identity()


def test_every_field_says_what_it_means() -> None:
    pending: list[tuple[str, type[StageConfig]]] = [("study", StudyConfig)]
    while pending:
        name, model = pending.pop()
        for field, info in model.model_fields.items():
            assert info.description, f"{name}.{field} has no description"
            if isinstance(info.annotation, type) and issubclass(info.annotation, StageConfig):
                pending.append((f"{name}.{field}", info.annotation))


def test_each_optimizer_has_its_usual_learning_rate() -> None:
    assert study_config("demo").train.learning_rate == 0.01
    assert study_config("demo", None, ["train.optimizer=adamw"]).train.learning_rate == 0.003
    given = study_config("demo", None, ["train.optimizer=adamw", "train.learning_rate=0.001"])
    assert given.train.learning_rate == 0.001


def test_the_order_of_samplers_is_no_identity() -> None:
    one = study_config("demo", None, ["sample.samplers=[shuffled,uniform_common]"])
    other = study_config("demo", None, ["sample.samplers=[uniform_common,shuffled]"])
    assert one == other


def test_a_machine_field_is_no_identity_however_deep_it_lies() -> None:
    class Inner(StageConfig):
        kept: int = 1
        workers: int = machine_field(2)

    class Outer(StageConfig):
        inner: Inner = Inner()

    assert Outer().identity() == {"inner": {"kept": 1}}
