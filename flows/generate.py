"""New faces from a study that is already in the store."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import yaml

from flows.notebook import open_study
from tasks.assessment.tables import row_name
from tasks.sampling.generate import write_faces
from tasks.sampling.sampler import Level, level_label
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")


def generate_faces(
    store: str, sampler: str | None, count: int, seed: int, level: list[str], model: str | None, out: Path
) -> Path:
    """Draw, decode and write ``count`` faces to ``out``; returns the path of the contact sheet.

    ``sampler``: the one that the study recommends if None; ``level``: settings such as ``fact=1.0``; ``model``: the key
    of a model in ``store``, the newest whose statistics are there if None. Raises ``InputError`` if there is none, if
    nothing can be recommended, and for a setting that the sampler cannot have.
    """
    settings = parse_level(level)
    study = open_study(store, model)
    name, chosen = study.choose(sampler, settings)
    log.info("drawing with %s%s", named_draw(name, chosen), "" if sampler else ", as the study recommends")
    return write_faces(study.decode(study.draw(name, count, seed, **chosen)), out)[-1]


def named_draw(sampler: str, level: Level) -> str:
    """The sampler and its level as one writes them."""
    return row_name(sampler, level_label(level))


def parse_level(level: list[str]) -> dict[str, Any]:
    """Settings such as ``fact=1.0`` by their names. Raises ``InputError`` for one of another form."""
    return dict(_parse(setting) for setting in level)


def _parse(setting: str) -> tuple[str, Any]:
    name, separator, text = setting.partition("=")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = None
    if not separator or value is None:
        raise InputError(f"--level {setting}: expected NAME=VALUE, such as fact=1.0")
    return name.strip(), value
