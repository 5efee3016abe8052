"""New latent points as a file, to decode at home."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from flows.finished import newest_artifacts
from flows.generate import Draw, draw_points
from flows.points.finished import is_of_points, newest_points
from storage.files import write_bytes
from storage.opening import find_store
from storage.store import Store
from tasks.exploring.drawing import Drawing
from tasks.exploring.points import OpenedPoints
from tasks.stage.errors import InputError


def generate_points(store: str, asked: Draw, model: str | None, study: str | None, out: Path) -> Path:
    """Draw the points that are ``asked`` for and write them to ``out``; returns its path.

    ``model``: the key of a model, whose study is meant; ``study``: the key of points; the newest study of either kind
    if both are None; ``out``: a ``.npy`` file of (count, d) float32. Raises ``InputError`` if there is none, if nothing
    can be recommended, for a setting that the sampler cannot have, and for attributes that cannot be drawn.
    """
    if out.suffix.lower() != ".npy":
        raise InputError(f"--points {out}: points are written as .npy; give a name that ends in it, such as new.npy")
    opened = _open(find_store(store), model, study)
    buffer = io.BytesIO()
    np.save(buffer, draw_points(opened, asked), allow_pickle=False)
    write_bytes(out, buffer.getvalue())
    return out


def _open(store: Store, model: str | None, study: str | None) -> Drawing:
    if model is not None and study is not None:
        raise InputError("--model means a study with images, --study one of points alone; give one of them")
    newest = next(newest_artifacts(store, "statistics"), None)
    if study is not None or (model is None and newest is not None and is_of_points(store, newest)):
        return OpenedPoints(newest_points(store, study))
    from flows.notebook import open_study

    return open_study(store.location, model)
