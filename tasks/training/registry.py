"""Which families of autoencoders there are: the files in ``tasks/training/families``, found when asked for."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

from tasks.errors import InputError
from tasks.training import families
from tasks.training.family import Family


def family_module(name: str) -> str:
    """The dotted name of the module that defines the family ``name``."""
    return f"{families.__name__}.{name}"


def _load(name: str) -> type[Family[Any]]:
    module = importlib.import_module(family_module(name))
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Family) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__file__} defines {len(found)} subclasses of Family; it must define exactly one")
    return found[0]


def discover() -> dict[str, type[Family[Any]]]:
    """Every family by its name, which is that of its file, in the order of lists."""
    found = {module.name: _load(module.name) for module in pkgutil.iter_modules(families.__path__)}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def family_names() -> tuple[str, ...]:
    """The names of all families."""
    return tuple(module.name for module in pkgutil.iter_modules(families.__path__))


def family_class(name: str) -> type[Family[Any]]:
    """The family called ``name``. Raises ``InputError`` that lists the known ones."""
    if name not in family_names():
        raise InputError(f"there is no family {name!r}; known are {', '.join(discover())}")
    return _load(name)
