"""Which families of autoencoders there are: the files in ``tasks/training/families``."""

from __future__ import annotations

from typing import Any

from tasks.stage.registry import Registry
from tasks.training import families
from tasks.training.family import Family

FAMILIES: Registry[Family[Any]] = Registry(families, Family, "family")
