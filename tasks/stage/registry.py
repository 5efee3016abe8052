"""Plug-ins that are one file each in a package, found when asked for: adding one takes nothing but its file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field, create_model

from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError


class Registered:
    """A plug-in; the first line of its docstring is its description in forms and reports."""

    config_model: ClassVar[type[StageConfig]]
    """Its settings."""

    order: ClassVar[int] = 100
    """Its place in lists and tables."""

    @classmethod
    def description(cls) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(cls) or "").split("\n", 1)[0]


Kind = TypeVar("Kind", bound=Registered)
Config = TypeVar("Config", bound=StageConfig)


def names_in(package: str) -> list[str]:
    """The names of the modules directly in ``package``, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__))


def modules_in(package: str, names: Sequence[str] | None = None) -> dict[str, ModuleType]:
    """The modules directly in ``package``, or those of ``names``, by their names, in alphabetical order."""
    wanted = names_in(package) if names is None else sorted(names)
    return {name: importlib.import_module(f"{package}.{name}") for name in wanted}


def only_subclass(module: ModuleType, base: type[Any]) -> type[Any]:
    """The subclass of ``base`` that ``module`` defines. Raises ``TypeError`` unless there is exactly one."""
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, base) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(
            f"{module.__file__} defines {len(found)} subclasses of {base.__name__}; it must define exactly one"
        )
    return found[0]


class Registry(Generic[Kind]):
    """The subclasses of ``base`` in the files of ``package``, one in each, called by the name of its file.

    ``noun``: what messages call one of them; ``check`` raises ``TypeError`` for one that cannot be used.
    """

    def __init__(
        self, package: ModuleType, base: type[Kind], noun: str, check: Callable[[type[Kind]], None] = lambda kind: None
    ) -> None:
        self._package, self._base, self._noun, self._check = package, base, noun, check

    def module(self, name: str) -> str:
        """The dotted name of the module that defines the one called ``name``."""
        return f"{self._package.__name__}.{name}"

    def every(self) -> dict[str, type[Kind]]:
        """All of them by name, in the order of lists and tables."""
        found = {name: self._load(name) for name in self._files()}
        return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))

    def names(self) -> tuple[str, ...]:
        """The names of all of them, in the same order."""
        return tuple(self.every())

    def named(self, name: str) -> type[Kind]:
        """The one called ``name``. Raises ``InputError`` that lists the known ones."""
        if name not in self._files():
            raise InputError(f"unknown {self._noun} {name!r}; choose from {', '.join(self.names())}")
        return self._load(name)

    def extended(self, name: str, base: type[Config], doc: str) -> type[Config]:
        """A model called ``name``: ``base`` and one field more for the settings of each of them, named after it."""
        fields: dict[str, Any] = {
            found: (kind.config_model, Field(default_factory=kind.config_model, description=kind.description()))
            for found, kind in self.every().items()
        }
        return create_model(name, __base__=base, __module__=base.__module__, __doc__=doc, **fields)

    def _files(self) -> list[str]:
        return names_in(self._package.__name__)

    def _load(self, name: str) -> type[Kind]:
        found = only_subclass(importlib.import_module(self.module(name)), self._base)
        self._check(found)
        return found
