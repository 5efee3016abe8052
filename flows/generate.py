"""New faces from a study that is already in the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from flows.finished import newest_study
from storage.opening import find_store
from tasks.errors import InputError
from tasks.sampling.generate import generate, write_faces


def generate_faces(
    store: str, sampler: str, count: int, seed: int, level: list[str], model: str | None, out: Path
) -> Path:
    """Draw, decode and write ``count`` faces to ``out``; returns the path of the contact sheet.

    ``level``: settings such as ``fact=1.0``; ``model``: the key of a model in ``store``, the newest whose
    statistics are there if None. Raises ``InputError`` if there is none, or for a setting of the wrong form.
    """
    study = newest_study(find_store(store), model)
    settings = parse_level(level)
    folders = (study.dataset, study.model, study.latents, study.statistics)
    _, images = generate(sampler, settings or None, count, seed, *folders, study.sampling)
    return write_faces(images, out)[-1]


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
