"""Faces on lines through the cloud."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.page.thumbnails import captioned_sheet, labelled_stack
from tasks.page.wording import percent, signed

STEPS = (-3, -2, -1, 0, 1, 2, 3)
Floats = npt.NDArray[np.float64]


def lines(
    model: Path, middle: Floats, steps: Iterable[Floats], labels: Sequence[str], word: str = "mean"
) -> tuple[Image.Image, list[float]]:
    """A strip of decoded points for each of ``steps`` (d,), from −3 to +3 of them away from ``middle`` (d,).

    ``model``: the autoencoder's folder; ``word`` stands below the middle. Returned with the strips: how much each line
    changes a face from −2 to +2 steps.
    """
    autoencoder = load_for_inference(model)
    captions = [f"{signed(step)} σ" if step else word for step in STEPS]
    strips, changes = [], []
    for step in steps:
        images = decode_images(autoencoder, (middle + np.outer(STEPS, step)).astype(np.float32))
        changes.append(change(images[1], images[5]))
        strips.append(captioned_sheet(images, captions, len(STEPS)))
    return labelled_stack(strips, labels), changes


def change(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Root mean square difference of two images, as a share of the whole range of grey."""
    return float(np.sqrt(np.mean((first.astype(np.float64) - second) ** 2)) / 255)


def changed(first: float, second: float) -> str:
    """Two such changes in a sentence."""
    both = f"{percent(first)} and {percent(second)}"
    return f"From −2 to +2 σ pixels change by {both} of the whole range, root mean square."
