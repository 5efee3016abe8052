"""The metrics, one module each; every module in this package is used."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from tasks.assessment.metric import Metric


@cache
def registered() -> dict[str, type[Metric]]:
    """Every metric class by its name (its module's), in alphabetical order.

    Raises ``TypeError`` if a module here does not define exactly one.
    """
    found: dict[str, type[Metric]] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        classes = [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, Metric) and member.__module__ == module.__name__
        ]
        if len(classes) != 1:
            raise TypeError(f"{module.__name__} must define one subclass of Metric, not {len(classes)}")
        found[name] = classes[0]
    return found
