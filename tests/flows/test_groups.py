"""The groups of settings are those of the study's configuration."""

from importlib import import_module

import pytest

from flows.config import StudyConfig
from flows.groups import GROUPS, check_setting_names, known_fields
from tasks.stage.errors import InputError


def test_every_group_of_a_study_is_listed_with_its_class() -> None:
    found = {}
    for name, place in GROUPS.items():
        module, _, cls = place.partition(":")
        found[name] = getattr(import_module(module), cls)
    assert found == {name: field.annotation for name, field in StudyConfig.model_fields.items()}
    for path in ((), ("train",), ("sample", "uniform_component"), ("sample", "count"), ("nothing",)):
        assert known_fields(path) == known_fields(path, StudyConfig)


def test_all_wrong_names_are_said_and_right_ones_are_not() -> None:
    check_setting_names(["train.epochs=x", "sample.uniform_component.fact=[1]", "train={epoch: 3}", "report"])
    with pytest.raises(InputError, match=r"^trian: .*mean train\?.*; sample\.uniform_component\.fakt: [^;]*; .*fact"):
        check_setting_names(["trian.epochs=3", "train.epochs=3", "sample.uniform_component.fakt=1"])
