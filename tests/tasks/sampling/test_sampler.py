from typing import Annotated

import numpy as np
import pytest
from pydantic import Field, ValidationError

from tasks.sampling.sampler import SamplerConfig, generator, level_label, swept
from tasks.stage.errors import InputError


class Grid(SamplerConfig):
    k: tuple[Annotated[int, Field(ge=1)], ...] = swept((10, 20), usual=20, description="neighbours")
    bandwidth: tuple[Annotated[float, Field(gt=0)], ...] = swept((0.5, 1.0), usual=1.0, description="width")
    fixed: int = 3


class Single(SamplerConfig):
    fixed: int = 3


def test_levels_are_the_grid_of_the_swept_parameters_alone():
    assert Grid.parameters() == ("k", "bandwidth")
    assert [level_label(level) for level in Grid().levels()] == [
        "k=10,bandwidth=0.5",
        "k=10,bandwidth=1.0",
        "k=20,bandwidth=0.5",
        "k=20,bandwidth=1.0",
    ]


def test_a_sampler_without_a_sweep_has_one_level():
    assert [level_label(level) for level in Single().levels()] == ["all"]
    assert Single.complete_level({}) == {}


def test_whole_numbers_become_the_parameters_type_so_that_labels_are_the_same():
    assert [level_label(level) for level in Grid(k=(5,), bandwidth=(1, 2)).levels()] == [
        "k=5,bandwidth=1.0",
        "k=5,bandwidth=2.0",
    ]


@pytest.mark.parametrize("wrong", [{"bandwidth": (1.0, 1)}, {"bandwidth": ()}, {"k": (0,)}, {"scale": (1.0,)}])
def test_wrong_levels_fail_when_the_configuration_is_built(wrong):
    with pytest.raises(ValidationError):
        Grid(**wrong)


def test_a_level_is_completed_with_the_usual_values():
    assert Grid.complete_level({}) == {"k": 20, "bandwidth": 1.0}
    assert Grid.complete_level({"k": "7"}) == {"k": 7, "bandwidth": 1.0}


@pytest.mark.parametrize(
    ("level", "message"),
    [({"fact": 1}, "fact: not swept.*k, bandwidth"), ({"bandwidth": -1}, "bandwidth=-1"), ({"fixed": 4}, "fixed")],
)
def test_a_wrong_level_names_the_parameter(level, message):
    with pytest.raises(InputError, match=message):
        Grid.complete_level(level)


def test_generators_differ_by_seed_and_by_name_and_repeat():
    def draw(seed, *words):
        return generator(seed, *words).integers(2**62)

    assert draw(1, "a", "fact=1.0") == draw(1, "a", "fact=1.0")
    assert len({draw(1, "a", "x"), draw(2, "a", "x"), draw(1, "b", "x"), draw(1, "a", "y"), draw(1, "ax")}) == 5
    assert isinstance(generator(2**63 - 1), np.random.Generator)
