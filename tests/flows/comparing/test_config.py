from pathlib import Path

import pytest

from flows.comparing.config import CompareConfig, configurations, load_compare_config
from flows.comparing.plan import plan_comparison
from tasks.stage.errors import InputError


def of(tmp_path: Path, text: str) -> CompareConfig:
    file = tmp_path / "compare.yaml"
    file.write_text(text)
    return load_compare_config(file)


def test_the_grid_is_every_combination_and_single_studies_follow(tmp_path: Path) -> None:
    config = of(
        tmp_path,
        "base: {train: {epochs: 7}}\n"
        "grid: {train.latent_dim: [4, 8], train.channels: [[8, 16], [8]], train.seed: [0, 1]}\n"
        "also: [{train.family: vae, train.latent_dim: 8}]\n",
    )
    found = configurations(config)
    assert len(found) == 9
    assert found[1].name == "latent_dim=4 channels=8-16 seed=1"
    assert (found[1].study.train.latent_dim, found[1].study.train.channels, found[1].study.train.seed) == (
        4,
        (8, 16),
        1,
    )
    assert {one.study.train.epochs for one in found} == {7}
    assert found[8].name == "latent_dim=8 family=vae"
    assert found[8].member.values["train.seed"] == 0  # what it really has on every axis


def test_data_are_an_axis(tmp_path: Path) -> None:
    found = configurations(of(tmp_path, "grid: {data: [photos/faces, null]}"))
    assert [(one.name, one.data) for one in found] == [("data=faces", "photos/faces"), ("data=synthetic", None)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grid: {train.latent: [1, 2]}", r"grid: train\.latent: no such setting; choose from .*latent_dim"),
        ("grid: {nonsense: [1, 2]}", r"grid: nonsense: no such setting; choose from data, .*train"),
        ("grid: {train.seed: []}", r"grid\.train\.seed: give at least one value"),
        ("grid: {train.seed: [0, 1, 0]}", r"train\.seed: 0 is listed twice"),
        ("grids: {train.seed: [0, 1]}", r"grids: no such setting; choose from also, base, .*grid"),
        ("preset: nonsense", "unknown preset 'nonsense'; choose from demo"),
        (
            "grid: {train.latent_dim: [0, 8]}",
            r"the study latent_dim=0: train\.latent_dim: .*greater than or equal to 1",
        ),
        ("grid: {train.seed: [0]}", "'grid' and 'also' define 1 study; a comparison needs 2"),
        ("base: {train: {seed: 3}}\ngrid: {train.seed: [0, 1]}", r"train\.seed is set in base and is also an axis"),
        ("base: {train: {epoch: 3}}\ngrid: {train.seed: [0, 1]}", r"train\.epoch: no such setting"),
        ("data: photos\ngrid: {data: [a, b]}", "data is set and is also an axis"),
        ("also: [{train.sead: 1}, {}]", r"also: train\.sead: no such setting"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        configurations(of(tmp_path, text))


def test_two_names_of_one_study_are_refused(tmp_path: Path) -> None:
    config = of(tmp_path, "grid: {train.family: [ae, vae], train.vae.beta: [0.1, 0.2]}")
    with pytest.raises(InputError, match=r"family=ae beta=0.1 and family=ae beta=0.2 are the same study"):
        plan_comparison(config)


def test_shared_steps_are_planned_once(tmp_path: Path) -> None:
    studies = plan_comparison(of(tmp_path, "grid: {train.latent_dim: [4, 8], train.seed: [0, 1]}"))
    assert [step.name for step in studies.shared.steps] == ["synthesize", "ingest", "assess features"]
    steps = {(step.artifact, step.key) for plan in studies.plans for step in plan.steps if step.stage == "train"}
    assert len(steps) == 4


def test_the_comparisons_key_follows_its_studies_and_rules_alone(tmp_path: Path) -> None:
    def key(text: str) -> str:
        return plan_comparison(of(tmp_path, text)).step.key

    grid = "grid: {train.latent_dim: [4, 8], train.seed: [0, 1]}\n"
    assert key(grid) == key(grid + "parallel: 2\n")
    assert key(grid) != key(grid + "significance: 0.01\n")
    assert key(grid) != key("grid: {train.latent_dim: [4, 9], train.seed: [0, 1]}\n")
