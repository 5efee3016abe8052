"""One portrait from one face: the layers from back to front, the placing, the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tasks.synthesis import palette
from tasks.synthesis.accessories import paint_earrings, paint_glasses, paint_hat
from tasks.synthesis.anatomy import anatomy, placement
from tasks.synthesis.beard import paint_beard
from tasks.synthesis.canvas import GRAIN, HEIGHT, WIDTH, Array, X, Y
from tasks.synthesis.eyes import paint_eyes
from tasks.synthesis.factors import Face
from tasks.synthesis.hair import paint_back_hair, paint_hair
from tasks.synthesis.head import paint_ears, paint_head
from tasks.synthesis.mouth import paint_mouth
from tasks.synthesis.scenery import paint_background, paint_body


def draw(face: Face) -> Array:
    """The drawing before it is placed: (3, rows, columns) about 0 to 1, with the margin around it."""
    canvas = np.empty((3, len(Y), len(X)), np.float32)
    parts = anatomy(face)
    outline = parts.outline
    paint_background(canvas, face)
    paint_back_hair(canvas, face, parts)
    paint_body(canvas, face, parts)
    paint_ears(canvas, face, parts)
    paint_head(canvas, face, parts, outline)
    paint_mouth(canvas, face, parts)
    paint_beard(canvas, face, parts, outline)
    paint_eyes(canvas, face, parts)
    paint_hair(canvas, face, parts, outline)
    paint_glasses(canvas, face, parts)
    paint_earrings(canvas, face, parts)
    paint_hat(canvas, face, parts, outline)
    return canvas


def render(face: Face) -> npt.NDArray[np.uint8]:
    """The finished picture: (218, 178, 3) uint8."""
    canvas = draw(face)
    canvas *= palette.light(face) * np.float32(255 * face.exposure)
    offset = int(31 + 30 * np.sin(1000 * face.parting))
    canvas += 1.2 * GRAIN[offset : offset + len(Y), offset : offset + len(X)]
    np.clip(canvas, 0, 255, out=canvas)
    # Pillow interleaves the three bands several times faster than NumPy does.
    drawing = Image.merge("RGB", [Image.fromarray(band) for band in canvas.astype(np.uint8)])
    picture = drawing.transform(
        (WIDTH, HEIGHT), Image.Transform.AFFINE, placement(face).inverse(), Image.Resampling.BILINEAR
    )
    return np.asarray(picture)
