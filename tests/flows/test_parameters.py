"""What the dashboard's form is made from, and the names of runs."""

from collections.abc import Iterator
from typing import Any

import pytest
from prefect.exceptions import ParameterTypeError

from flows.config import study_config
from flows.parameters import subject
from flows.stages import STAGES
from flows.study import study
from storage.opening import find_store
from storage.urls import without_credentials

FLOWS = [study, *STAGES.values()]


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of every group of settings; one that is itself a group may leave its meaning to that group."""
    for name, model in schema["definitions"].items():
        for field, facts in model.get("properties", {}).items():
            group = schema["definitions"].get(facts.get("$ref", "").rpartition("/")[2], {})
            yield f"{name}.{field}", {**group, **facts}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_field_of_the_form_says_what_it_means(flow: Any) -> None:
    schema = flow.parameters.model_dump()
    assert all(facts.get("description") for facts in schema["properties"].values())
    silent = [name for name, facts in fields(schema) if not facts.get("description")]
    assert silent == []


def test_bounds_and_choices_are_in_the_form() -> None:
    train = study.parameters.model_dump()["definitions"]["TrainConfig"]["properties"]
    assert (train["epochs"]["minimum"], train["epochs"]["maximum"]) == (1, 10_000)
    assert train["optimizer"]["enum"] == ["muon", "adamw"]
    assert study.parameters.model_dump()["properties"]["config"]["default"]["train"]["epochs"] == 40


def test_names_say_what_is_studied() -> None:
    config = study_config("demo", None, ["ingest.image_size=32", "train.latent_dim=8"])
    assert subject(config, None) == "4000 synthetic 32x32 z8"
    assert subject(config.model_dump(mode="json"), "/data/img_align_celeba.zip") == "img_align_celeba.zip 32x32 z8"


@pytest.mark.parametrize("location", ["s3://user:hunter2@bucket/x", "file://hunter2@/tmp", "S3+http://a:hunter2@h"])
def test_a_store_with_a_credential_in_its_url_is_refused_without_repeating_it(location: str) -> None:
    for refuse in (find_store, without_credentials):
        with pytest.raises(ValueError, match="set the credentials in the environment") as raised:
            refuse(location)
        assert "hunter2" not in str(raised.value)
    with pytest.raises(ParameterTypeError):
        study.validate_parameters({"store": location})


@pytest.mark.parametrize("location", ["artifacts", "/data/me@home/store", "s3://bucket/me@home"])
def test_other_stores_are_not(location: str) -> None:
    assert without_credentials(location) == location
