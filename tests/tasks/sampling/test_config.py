import pytest
from pydantic import ValidationError

from tasks.sampling.config import SampleConfig
from tasks.sampling.registry import SAMPLERS

LEARNED = ("flow_matching", "autoregressive_flow", "two_stage")
ON_REQUEST = "standard_normal"


def test_every_sampler_that_needs_no_training_is_drawn_from_by_default_and_all_have_a_field():
    config = SampleConfig()
    assert config.samplers == tuple(name for name in SAMPLERS.names() if name not in (*LEARNED, ON_REQUEST))
    assert SampleConfig(samplers=("two_stage", "default", "resampled")).samplers == (*config.samplers, "two_stage")
    assert config.count == 900
    assert config.uniform_component.fact == (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
    assert SampleConfig.model_validate(config.model_dump(mode="json")) == config


def test_an_unknown_sampler_is_refused_and_the_known_ones_listed():
    with pytest.raises(
        ValidationError, match=r"unknown sampler 'mixture'; choose from uniform_common, .*gaussian_mixture"
    ):
        SampleConfig(samplers=("shuffled", "mixture"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"samplers": ()},
        {"samplers": ("shuffled", "shuffled")},
        {"count": 0},
        {"neighbours": 0},
        {"seed": -1},
        {"uniform_component": {"fact": [-1]}},
        {"uniform_component": {"fact": [float("nan")]}},
        {"uniform_component": {"factor": [1]}},
        {"mixture": {}},
    ],
)
def test_wrong_values_fail_when_the_configuration_is_built(wrong):
    with pytest.raises(ValidationError):
        SampleConfig(**wrong)


def test_one_samplers_levels_concern_no_other_sampler():
    before, after = SampleConfig(), SampleConfig(uniform_component={"fact": (1.0,)}, samplers=("shuffled",))
    changed = [name for name in SAMPLERS.names() if before.for_sampler(name) != after.for_sampler(name)]
    assert changed == ["uniform_component"]


@pytest.mark.parametrize("common", [{"count": 10}, {"seed": 2}, {"neighbours": 7}])
def test_what_is_common_concerns_every_sampler(common):
    before, after = SampleConfig(), SampleConfig(**common)
    assert all(before.for_sampler(name) != after.for_sampler(name) for name in SAMPLERS.names())


def test_the_device_concerns_none():
    assert SampleConfig(device="cpu").identity() == SampleConfig().identity()
    assert "device" not in SampleConfig().for_sampler("shuffled")


def test_every_field_says_what_it_means():
    schema = SampleConfig.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    assert all("description" in field for model in models for field in model.get("properties", {}).values())


@pytest.mark.parametrize("base", ["multivariate_norml", "neighbour_corrected"])
def test_a_base_must_be_a_sampler_that_stands_alone(base):
    with pytest.raises(ValidationError, match=r"neighbour_corrected\.base: .* choose from .*multivariate_normal"):
        SampleConfig(neighbour_corrected={"base": base})


def test_a_samplers_code_is_that_of_its_base_too():
    config = SampleConfig(neighbour_corrected={"base": "gaussian_mixture"})
    assert config.modules("neighbour_corrected") == [
        "tasks.sampling.samplers.neighbour_corrected",
        "tasks.sampling.samplers.gaussian_mixture",
    ]
    assert config.modules("shuffled") == ["tasks.sampling.samplers.shuffled"]
