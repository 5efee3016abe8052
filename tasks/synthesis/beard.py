"""Hair on the face: stubble, beard, moustache, goatee, sideburns."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import MARGIN, STUBBLE, Array, Box, Outline, blend, inside, smoothstep
from tasks.synthesis.factors import Face


def paint_beard(canvas: Array, face: Face, parts: Anatomy, outline: Outline) -> None:
    """Paint what grows on cheeks and chin, over the lip, and before the ears, around the lips."""
    if max(face.beard, face.mustache, face.goatee, face.sideburns) <= 0:
        return
    box = Box(100, parts.box.bottom, parts.box.left, parts.box.right)
    rows, columns = box.slices
    grain = 1 + 0.07 * STUBBLE[rows.start + MARGIN : rows.stop + MARGIN, columns]
    away = np.abs(box.x - np.float32(parts.head_x))
    cover = np.maximum(_on_cheeks_and_chin(face, parts, box, away), _over_the_lip(face, parts, box))
    if face.sideburns > 0:
        strip = smoothstep(away, parts.half_width - 9, parts.half_width - 4) * smoothstep(box.y, 104, 112)
        cover = np.maximum(cover, strip * (1 - smoothstep(box.y, 132, 142)) * np.float32(0.55 + 0.3 * face.sideburns))
    x, y = box.x - np.float32(parts.mouth[0]), box.y - np.float32(parts.mouth[1] + 1.5)
    lips = np.sqrt(
        (x / np.float32(parts.mouth_half_width + 1)) ** 2 + (y / np.float32(6.2 * face.lip_fullness + 1.2)) ** 2
    )
    cover = cover * smoothstep(lips, 0.72, 1.05)
    side = np.float32(0.25 * face.light_side / 40) * (box.x - np.float32(parts.head_x))
    tone = palette.beard(face) * (0.82 * grain * (1 + side))
    alpha = np.clip(cover * (0.6 + 0.4 * grain), 0, 0.94) * inside(outline.distance(box) - 0.5, 2.0)
    blend(box.of(canvas), tone, alpha)


def _on_cheeks_and_chin(face: Face, parts: Anatomy, box: Box, away: Array) -> Array:
    """A beard up to a line from the ears to the lip, or a goatee."""
    if face.beard > 0:
        line = parts.mouth[1] - 6 - 27 * smoothstep(away, 14, 42)
        soft = 13 - 5 * face.beard
        return smoothstep(box.y - line, -0.6 * soft, soft) * np.float32(_opacity(face.beard))
    if face.goatee > 0:
        x, y = box.x - np.float32(parts.mouth[0]), box.y - np.float32(parts.chin_y - 9)
        round_chin = np.sqrt(x * x + y * y) / 15
        return (1 - smoothstep(round_chin, 0.7, 1.12)) * np.float32(0.5 + 0.4 * face.goatee)
    return np.zeros((box.y.shape[0], box.x.shape[1]), np.float32)


def _over_the_lip(face: Face, parts: Anatomy, box: Box) -> Array:
    """A moustache that hangs a little at its ends."""
    if face.mustache <= 0:
        return np.zeros((1, 1), np.float32)
    half = parts.mouth_half_width + 2
    x, y = box.x - np.float32(parts.mouth[0]), box.y - np.float32(parts.mouth[1])
    curve = -7.6 - 0.8 * face.lip_fullness + 6.0 * (x / np.float32(half)) ** 2
    band = inside(np.abs(y - curve) - np.float32(2.4 + 1.2 * face.mustache), 3.5)
    ends: Array = 1 - smoothstep(np.abs(x), half - 2, half + 4)
    return ends * band * np.float32(_opacity(face.mustache))


def _opacity(amount: float) -> float:
    """From stubble to a full beard."""
    return 0.15 + 0.85 * amount
