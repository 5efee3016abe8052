import ast
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from tasks.sampling import registry, samplers
from tasks.sampling.config import build_config
from tasks.stage.errors import InputError

CONSTANT_SAMPLER = '''
"""A sampler added by a file alone."""
from typing import Annotated
import numpy as np
from pydantic import Field
from tasks.sampling.sampler import Sampler, SamplerConfig, swept

class FixedConfig(SamplerConfig):
    """Levels."""
    {parameter}: tuple[float, ...] = swept((1.0, 2.0), usual=2.0, description="value")

class Fixed(Sampler[FixedConfig]):
    """Every component the same.

    No more to say.
    """
    config_model = FixedConfig
    order = {order}

    def draw(self, rng, count, level):
        return np.full((count, self.points.dimension), level["{parameter}"], np.float32)
'''


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Put a file beside the samplers; it is gone again after the test."""
    monkeypatch.setattr(samplers, "__path__", [*samplers.__path__, str(tmp_path)])

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)
        importlib.invalidate_caches()

    yield write
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(registry.SAMPLERS.module(path.stem), None)
        vars(samplers).pop(path.stem, None)


def test_every_file_is_a_sampler_and_they_are_ordered_from_naive_to_informed():
    names = registry.SAMPLERS.names()
    files = {path.stem for path in Path(samplers.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(names) == files
    assert names[0] == "uniform_common"
    assert names.index("normal_component") < names.index("multivariate_normal") < names.index("manifold_parzen")


def test_a_new_file_is_a_new_sampler_everywhere(add, correlated):
    add("fixed_value", CONSTANT_SAMPLER.format(parameter="value", order=0))
    assert registry.SAMPLERS.names()[0] == "fixed_value"
    assert registry.SAMPLERS.named("fixed_value").description() == "Every component the same."
    config = build_config()(fixed_value={"value": [3]})
    assert "fixed_value" in config.samplers
    assert config.settings("fixed_value").levels() == ({"value": 3.0},)
    assert config.for_sampler("fixed_value")["fixed_value"] == {"value": [3.0]}
    fitted = registry.SAMPLERS.named("fixed_value")(correlated, config.settings("fixed_value"), 1)
    np.testing.assert_array_equal(fitted.draw(np.random.default_rng(0), 2, {"value": 3.0}), np.full((2, 4), 3.0))


def test_a_file_without_a_sampler_is_named(add):
    add("empty_file", "")
    with pytest.raises(TypeError, match=r"empty_file\.py defines 0 subclasses of Sampler"):
        registry.SAMPLERS.every()


def test_a_swept_parameter_cannot_hide_an_array_of_the_layout(add):
    add("clashing", CONSTANT_SAMPLER.format(parameter="euclidean", order=0))
    with pytest.raises(TypeError, match=r"clashing\.py.*euclidean"):
        registry.SAMPLERS.every()


def test_an_unknown_sampler_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'uniform_componant'; choose from uniform_common, .*manifold_parzen"):
        registry.SAMPLERS.named("uniform_componant")


@pytest.mark.parametrize("name", registry.SAMPLERS.names())
def test_a_samplers_code_is_its_own_module_which_imports_no_other_sampler(name):
    module = importlib.import_module(registry.SAMPLERS.module(name))
    assert registry.SAMPLERS.named(name).__module__ == module.__name__
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {other for other in imported if "samplers" in other or "registry" in other}


def test_the_registry_and_the_stage_import_no_sampler_statically():
    for name in ("registry", "sample", "config", "generate"):
        tree = ast.parse(Path(importlib.import_module(f"tasks.sampling.{name}").__file__).read_text())
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {other for other in imported if other.startswith("tasks.sampling.samplers.")}
