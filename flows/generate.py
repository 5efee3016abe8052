"""New faces from a study that is already in the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from storage.store import RECORD, Store, find_store
from tasks.errors import InputError
from tasks.sampling.config import SampleConfig
from tasks.sampling.generate import generate, write_faces


def generate_faces(
    store: str, sampler: str, count: int, seed: int, level: list[str], model: str | None, out: Path
) -> Path:
    """Draw, decode and write ``count`` faces to ``out``; returns the path of the contact sheet.

    ``level``: settings such as ``fact=1.0``; ``model``: the key of a model in ``store``, the newest whose
    statistics are there if None. Raises ``InputError`` if there is none, or for a setting of the wrong form.
    """
    folders = _newest_study(find_store(store), model)
    settings = dict(_parse(setting) for setting in level)
    dataset, trained, latents, statistics = folders
    _, images = generate(sampler, settings or None, count, seed, dataset, trained, latents, statistics, SampleConfig())
    return write_faces(images, out)[-1]


def _parse(setting: str) -> tuple[str, Any]:
    name, separator, text = setting.partition("=")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = None
    if not separator or value is None:
        raise InputError(f"--level {setting}: expected NAME=VALUE, such as fact=1.0")
    return name.strip(), value


def _newest_study(store: Store, model: str | None) -> tuple[Path, ...]:
    """The folders of data set, model, latents and statistics that belong together."""
    complete = [key for artifact, key in store.entries("statistics") if store.is_complete(artifact, key)]
    complete.sort(key=lambda key: (store.folder("statistics", key) / RECORD).stat().st_mtime_ns, reverse=True)
    for statistics in complete:
        identity = store.identity("statistics", statistics) or {}
        latents = identity["inputs"]["latents"]
        if not store.is_complete("latents", latents):
            continue
        encoded = store.identity("latents", latents) or {}
        dataset, encoder = encoded["inputs"]["dataset"], encoded["inputs"]["model"]
        places = (("dataset", dataset), ("model", encoder), ("latents", latents), ("statistics", statistics))
        if model in (None, encoder) and all(store.is_complete(*place) for place in places):
            return tuple(store.folder(*place) for place in places)
    wanted = f"statistics of the model {model}" if model else "finished study"
    raise InputError(f"{store.root} holds no {wanted}; 'latentfaces run' makes one, --store names another store")
