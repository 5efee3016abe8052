"""What the numbers say, in words: every sentence is chosen by the numbers, none is fixed beforehand.

One file a topic; whatever lies here with an ``ORDER`` and ``FINDERS`` takes part. Each finder looks at the numbers and
says one thing, or returns None where what it needs is absent.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from tasks.finished.numbers import Numbers
from tasks.page.finding import Finding

Finder = Callable[[Numbers], Finding | None]


@cache
def registered() -> tuple[Finder, ...]:
    """All finders in the order of the page."""
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    topics = sorted((module for module in modules if hasattr(module, "FINDERS")), key=lambda module: module.ORDER)
    return tuple(finder for module in topics for finder in module.FINDERS)


def find(numbers: Numbers) -> list[Finding]:
    """All findings; the first, keyed ``answer``, is the headline."""
    found = (finder(numbers) for finder in registered())
    return [finding for finding in found if finding is not None]
