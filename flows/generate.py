"""New faces from a study that is already in the store."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from flows.notebook import open_study
from storage.files import write_bytes
from tasks.assessment.tables import row_name
from tasks.exploring.drawing import Drawing, Z
from tasks.exploring.opened import OpenedStudy
from tasks.page.images import png_bytes
from tasks.sampling.generate import write_faces
from tasks.sampling.labels import Asked, in_words
from tasks.sampling.sampler import Level, level_label
from tasks.sampling.strips import find_names
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")


@dataclass(frozen=True)
class Draw:
    """What a command draws.

    sampler: the one that the study recommends if None; level: its settings, such as those of ``parse_level``;
    attributes: draw what has them instead, with ``guidance`` if it is given.
    """

    sampler: str | None
    count: int
    seed: int
    level: Mapping[str, Any] = field(default_factory=dict)
    attributes: Asked | None = None
    guidance: float | None = None


def generate_faces(store: str, asked: Draw, model: str | None, out: Path) -> Path:
    """Draw, decode and write the faces that are ``asked`` for to ``out``; returns the path of the contact sheet.

    ``model``: the key of a model in ``store``, the newest whose statistics are there if None. Raises ``InputError`` if
    there is none, if nothing can be recommended, for a setting that the sampler cannot have, and for attributes that
    cannot be drawn.
    """
    study = open_study(store, model)
    return write_faces(study.decode(draw_points(study, asked)), out)[-1]


def draw_points(study: Drawing, asked: Draw) -> Z:
    """Draw z (count, d) as a command asks for it, and say in the log with what."""
    sampler, count, seed = asked.sampler, asked.count, asked.seed
    attributes, guidance = asked.attributes, asked.guidance
    if attributes or guidance is not None:
        z = study.draw(sampler, count, seed, attributes=attributes, guidance=guidance, **asked.level)
        assert attributes
        matching, known = int(study.labels.group(attributes).sum()), len(study.labels.value)
        log.info("drawing %s; %s of %s training points match", in_words(attributes), f"{matching:,}", f"{known:,}")
        return z
    name, chosen = study.choose(sampler, asked.level)
    log.info("drawing with %s%s", named_draw(name, chosen), "" if sampler else ", as the study recommends")
    return study.draw(name, count, seed, **chosen)


def generate_variations(
    store: str, like: str, distance: float, count: int, seed: int, model: str | None, out: Path
) -> Path:
    """Write ``count`` variations of a real face to ``out``; returns the path of the contact sheet.

    ``like``: an image file, cropped and resized as the data set was, or the name of an image of the data set; what was
    made of it is ``original.png``. ``distance``: how far, as a share of the distance to a stranger. Raises
    ``InputError`` if there is no such image.
    """
    study = open_study(store, model)
    if Path(like).is_file():
        face = study.photograph(like)
        z = study.encode(face)[0]
    else:
        rows = _row(study, like)
        face, z = study.real(rows)[0], study.z[rows][0]
    sheet = write_faces(study.decode(study.vary(z, distance, count, seed)), out)[-1]
    write_bytes(out / "original.png", png_bytes(Image.fromarray(face)))
    return sheet


def _row(study: OpenedStudy, like: str) -> list[int]:
    try:
        return find_names(study.names, (like,))
    except InputError as error:
        raise InputError(f"--like {like}: there is no such file, and {error}") from None


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
