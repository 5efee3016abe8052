"""One portrait from one face: the layers from back to front, then the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from tasks.synthesis import palette
from tasks.synthesis.accessories import paint_earrings, paint_glasses, paint_hat
from tasks.synthesis.anatomy import anatomy, placement
from tasks.synthesis.beard import paint_beard
from tasks.synthesis.canvas import Canvas
from tasks.synthesis.exposure import expose
from tasks.synthesis.eyes import paint_eyes
from tasks.synthesis.factors import Face
from tasks.synthesis.hair import paint_back_hair, paint_hair
from tasks.synthesis.head import paint_ears, paint_head
from tasks.synthesis.mouth import paint_mouth
from tasks.synthesis.scenery import paint_background, paint_body


def draw(faces: Sequence[Face]) -> list[Canvas]:
    """The drawings, in even light. Small parts are painted for all faces at once."""
    canvases = [_start(face) for face in faces]
    outlines = [anatomy(face).outline(canvas.turn) for face, canvas in zip(faces, canvases, strict=True)]
    drawn = list(zip(canvases, faces, map(anatomy, faces), outlines, strict=True))
    for canvas, face, parts, _ in drawn:
        paint_background(canvas, face)
        paint_back_hair(canvas, face, parts)
        paint_body(canvas, face, parts)
    paint_ears(canvases, faces)
    for canvas, face, parts, outline in drawn:
        paint_head(canvas, face, parts, outline)
    paint_mouth(canvases, faces)
    for canvas, face, parts, outline in drawn:
        paint_beard(canvas, face, parts, outline)
    paint_eyes(canvases, faces)
    for canvas, face, parts, outline in drawn:
        paint_hair(canvas, face, parts, outline)
        paint_glasses(canvas, face, parts)
        paint_earrings(canvas, face, parts)
        paint_hat(canvas, face, parts, outline)
    return canvases


def render(faces: Sequence[Face]) -> list[Image.Image]:
    """The finished pictures, 178 by 218 RGB; none depends on which faces are rendered with it."""
    return [_expose(canvas, face) for canvas, face in zip(draw(faces), faces, strict=True)]


def _start(face: Face) -> Canvas:
    where = placement(face)
    return Canvas(where.scale, where.shift, math.tan(where.angle))


def _expose(canvas: Canvas, face: Face) -> Image.Image:
    light = palette.light(face) * np.float32(face.exposure)
    bands = expose(canvas.pixels, light, int(31 + 30 * math.sin(1000 * face.parting)))
    size = bands.shape[2], bands.shape[1]
    return Image.merge("RGB", [Image.frombuffer("L", size, band, "raw", "L", 0, 1) for band in bands])
