"""One portrait from one face: the layers from back to front, then the picture."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from tasks.synthesis import palette
from tasks.synthesis.accessories import paint_earrings, paint_glasses, paint_hat
from tasks.synthesis.anatomy import anatomy, placement
from tasks.synthesis.beard import paint_beard
from tasks.synthesis.canvas import Canvas
from tasks.synthesis.eyes import paint_eyes
from tasks.synthesis.factors import Face
from tasks.synthesis.hair import paint_back_hair, paint_hair
from tasks.synthesis.head import paint_ears, paint_head
from tasks.synthesis.mouth import paint_mouth
from tasks.synthesis.exposure import expose
from tasks.synthesis.scenery import paint_background, paint_body


def draw(face: Face) -> Canvas:
    """The drawing, in even light."""
    where, parts = placement(face), anatomy(face)
    canvas = Canvas(where.scale, where.shift, math.tan(where.angle))
    outline = parts.outline(canvas.turn)
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


def render(face: Face) -> Image.Image:
    """The finished picture, 178 by 218 RGB."""
    light = palette.light(face) * np.float32(face.exposure)
    bands = expose(draw(face).pixels, light, int(31 + 30 * math.sin(1000 * face.parting)))
    size = bands.shape[2], bands.shape[1]
    return Image.merge("RGB", [Image.frombuffer("L", size, band, "raw", "L", 0, 1) for band in bands])
