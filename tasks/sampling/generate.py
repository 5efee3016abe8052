"""New faces on demand: a few points from one sampler, decoded and written as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from storage.files import write_bytes
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.devices import choose_device, repeatable
from tasks.errors import InputError
from tasks.pictures import columns_for, contact_sheet, png_bytes
from tasks.sampling.config import SampleConfig
from tasks.sampling.points import load_points
from tasks.sampling.registry import SAMPLERS, fit
from tasks.sampling.sampler import draw_generator

COLUMNS = 8


def generate(
    sampler: str,
    level: Mapping[str, Any] | None,
    count: int,
    seed: int,
    dataset: Path,
    model: Path,
    latents: Path,
    statistics: Path,
    config: SampleConfig,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Draw and decode ``count`` points: z (count, d) float32 and images (count, S, S, 3) uint8.

    ``level``: such as ``{"fact": 1.0}``; what it leaves out, or all if None, has the sampler's usual value.
    ``seed`` decides the draws, ``config.seed`` the fit. Raises ``InputError`` for an unknown sampler or parameter.
    """
    kind = SAMPLERS.named(sampler)
    chosen = kind.config_model.complete_level(level or {})
    fitted = fit(sampler, load_points(dataset, latents, statistics), config.settings(sampler), config.seed)
    z = fitted.draw(draw_generator(kind, sampler, chosen, seed), count, chosen)
    with repeatable():
        return z, decode_images(load_for_inference(model, choose_device(config.device)), z)


def write_faces(images: npt.NDArray[np.uint8], folder: Path) -> list[Path]:
    """Write ``images`` (n, h, w, 3) as ``000001.png`` and so on, and last all together as ``contact_sheet.png``.

    Raises ``InputError`` if ``folder`` has numbered pictures that would stay beside these as if they belonged to them.
    """
    pictures = {f"{number:06d}.png": Image.fromarray(image) for number, image in enumerate(images, start=1)}
    pictures["contact_sheet.png"] = contact_sheet(images, columns_for(len(images), COLUMNS))
    others = sorted({path.name for path in folder.glob("[0-9]" * 6 + ".png")} - set(pictures))
    if others:
        raise InputError(
            f"{folder} holds {len(others)} more pictures of an earlier call ({others[0]} to {others[-1]}), which would "
            "be taken for these: name another --out, or delete them"
        )
    for name, picture in pictures.items():
        write_bytes(folder / name, png_bytes(picture))
    return [folder / name for name in pictures]
