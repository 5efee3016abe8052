"""Which samplers there are: the files in ``tasks/sampling/samplers``, found when asked for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

from tasks.errors import InputError
from tasks.sampling import samplers
from tasks.sampling.points import Points
from tasks.sampling.sampler import Sampler, SamplerConfig

LAYOUT = frozenset({"label", "z", "image", "euclidean", "mahalanobis", "neighbour", "neighbour_distance"})
"""The arrays of every samples artifact; a swept parameter gets an array too and cannot have these names."""


def sampler_module(name: str) -> str:
    """The dotted name of the module that defines the sampler ``name``."""
    return f"{samplers.__name__}.{name}"


def _load(name: str) -> type[Sampler[Any]]:
    module = importlib.import_module(sampler_module(name))
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Sampler) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__file__} defines {len(found)} subclasses of Sampler; it must define exactly one")
    clash = LAYOUT & set(found[0].config_model.parameters())
    if clash:
        raise TypeError(f"{module.__file__}: a swept parameter cannot be called {sorted(clash)}, rename it")
    return found[0]


def discover() -> dict[str, type[Sampler[Any]]]:
    """Every sampler by its name, which is that of its file, in the order of tables."""
    found = {module.name: _load(module.name) for module in pkgutil.iter_modules(samplers.__path__)}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def sampler_names() -> tuple[str, ...]:
    """The names of all samplers in the order of tables."""
    return tuple(discover())


def sampler_class(name: str) -> type[Sampler[Any]]:
    """The sampler called ``name``. Raises ``InputError`` that lists the known ones."""
    if name not in {module.name for module in pkgutil.iter_modules(samplers.__path__)}:
        raise InputError(f"there is no sampler {name!r}; known are {', '.join(sampler_names())}")
    return _load(name)


def fit(name: str, points: Points, config: SamplerConfig, seed: int) -> Sampler[Any]:
    """The sampler ``name`` fitted to ``points``; its base, if it has one, has that sampler's own defaults."""
    fitted = sampler_class(name)(points, config, seed)
    base = config.base_sampler()
    if base is not None:
        fitted.base = fit(base, points, sampler_class(base).config_model(), seed)
    return fitted


def describe(sampler: type[Sampler[Any]]) -> str:
    """The first line of a sampler's docstring."""
    return (inspect.getdoc(sampler) or "").split("\n", 1)[0]
