"""What is worn: glasses, earrings, a hat."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import POLE_X, Box, Canvas
from tasks.synthesis.factors import Face
from tasks.synthesis.head import light_direction
from tasks.synthesis.masks import bell, fade, inside, smoothstep
from tasks.synthesis.noise import strands
from tasks.synthesis.outline import Outline
from tasks.synthesis.palette import colour, mix

_GLASS, _FRAME, _GOLD = colour(0.93, 0.96, 1.0), colour(0.07, 0.06, 0.06), colour(0.90, 0.74, 0.38)


def paint_glasses(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """Two rims with a bridge and temples, a slight tint and a slanting reflection."""
    if face.glasses <= 0:
        return
    patch = canvas.patch(Box(98, 132, 38, 140))
    y = patch.y - 115 - canvas.turn * (patch.x - POLE_X)
    frame = mix(_FRAME, palette.hsl(face.clothes_hue * 0.12 + 0.02, 0.5, 0.28), face.hair_redness)
    thick, corner = 0.8 + 0.9 * face.glasses_shape, 10.5 - 5.5 * face.glasses_shape
    rims = glass = np.zeros((1, 1), np.float32)
    for x0 in (parts.left_eye[0], parts.right_eye[0]):
        x = patch.x - (x0 + 0.06 * (x0 - parts.nose[0]))
        dx, dy = np.maximum(np.abs(x) - (15.6 - corner), 0), np.maximum(np.abs(y) - (12.2 - corner), 0)
        distance = np.sqrt(dx * dx + dy * dy)
        distance -= corner
        rims = np.maximum(rims, inside(np.abs(distance) - thick, 1.3))
        streak = 0.18 - 0.13 * smoothstep(np.abs(x + 0.6 * y - 4), 2.0, 6.5)
        glass = np.maximum(glass, inside(distance) * streak)
    patch.lay(glass, (_GLASS, 1.0))
    x = patch.x - (parts.nose[0] * 0.5 + 44.5)
    bridge = bell(y + 4 - 0.10 * x * x, 0.7 + 0.5 * thick) * inside(np.abs(x) - 6)
    away = np.abs(patch.x - parts.head_x)
    temples = inside(np.abs(y + 5) - 0.9 * thick, 1.3) * (inside(35 - away) * inside(away - (parts.half_width + 1)))
    patch.lay(np.maximum(np.maximum(rims, bridge), temples) * 0.95, (frame, 1.0))
    patch.finish()


def paint_earrings(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """A drop of gold under each ear."""
    if face.earrings <= 0:
        return
    for side in (-1, 1):
        x0, y0 = canvas.turned((parts.head_x + side * (parts.half_width + 1.8), 142.0 + 3 * face.earrings))
        patch = canvas.patch(Box(y0 - 9, y0 + 9, x0 - 5, x0 + 5))
        x, y = patch.x - x0, patch.y - y0
        distance = np.sqrt(x * x + (y / (1.2 + face.earrings)) ** 2) - 2.6
        patch.lay(inside(distance, 1.3), (_GOLD, np.clip(1.1 - 0.10 * (x + y), 0.4, 1.25)))
        patch.finish()


def paint_hat(canvas: Canvas, face: Face, parts: Anatomy, outline: Outline) -> None:
    """A knitted cap down to the middle of the forehead."""
    if face.hat <= 0:
        return
    patch = canvas.patch(Box(10, 100, 20, 159))
    x, y = patch.x - canvas.turned((parts.head_x, 75.0))[0], patch.y - canvas.turn * (patch.x - POLE_X)
    below = y - (78 - 0.0028 * x * x + 2 * face.pitch)
    from_face = outline.distance(patch)
    mask = inside(from_face - (13 + 2 * face.hat), 1.6) * inside(below, 1.6)
    lx, ly, _ = light_direction(face)
    q = x / (parts.half_width + 14)
    light = 0.78 + 0.30 * lx * q - 0.25 * q * q + 0.25 * smoothstep(-y, -70, 10) * -ly
    ribs = 1 + 0.05 * np.cos(q * 44) + 0.02 * strands(y * 9 + 1000)
    tone = palette.hsl(face.clothes_hue + 0.5, 0.35, 0.25 + 0.45 * face.clothes_lightness)
    patch.lay(fade(-below, 4) * 0.35 * (below > 0) * inside(from_face, 2))
    patch.lay(mask, (tone, light * ribs))
    cuff = inside(np.abs(below + 8) - 8, 1.5) * mask
    patch.lay(cuff, (tone, light * (1.14 + 0.07 * np.cos(q * 60))))
    patch.lay(bell(below + 16, 1.2) * mask * 0.6, (tone, 0.55))
    patch.finish()
