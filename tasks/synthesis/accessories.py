"""What is worn: glasses, earrings, a hat."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import Array, Box, Outline, blend, colour, inside, mix, smoothstep, strands
from tasks.synthesis.factors import Face
from tasks.synthesis.head import light_direction


def paint_glasses(canvas: Array, face: Face, parts: Anatomy) -> None:
    """Two rims with a bridge and temples, a slight tint and a slanting reflection."""
    if face.glasses <= 0:
        return
    box = Box(90, 134, 38, 141)
    view, y = box.of(canvas), box.y - np.float32(115)
    frame = mix(colour(0.07, 0.06, 0.06), palette.hsl(face.clothes_hue * 0.12 + 0.02, 0.5, 0.28), face.hair_redness)
    thick = 0.8 + 0.9 * face.glasses_shape
    corner = 10.5 - 5.5 * face.glasses_shape
    rims = np.zeros((y.shape[0], box.x.shape[1]), np.float32)
    glass = np.zeros_like(rims)
    for x0, _ in (parts.left_eye, parts.right_eye):
        x = box.x - np.float32(x0 + 0.06 * (x0 - parts.nose[0]))
        dx, dy = np.maximum(np.abs(x) - (15.6 - corner), 0), np.maximum(np.abs(y) - (12.2 - corner), 0)
        distance = np.sqrt(dx * dx + dy * dy) - np.float32(corner)
        rims = np.maximum(rims, inside(np.abs(distance) - thick, 1.3))
        streak = 1 - smoothstep(np.abs(x + 0.6 * y - 4), 2.0, 6.5)
        glass = np.maximum(glass, inside(distance) * (0.05 + 0.13 * streak))
    blend(view, colour(0.93, 0.96, 1.0), glass)
    x = box.x - np.float32(parts.nose[0] * 0.5 + 44.5)
    bridge = np.exp(-0.5 * ((y + 4 - 0.10 * x * x) / (0.7 + 0.5 * thick)) ** 2) * inside(np.abs(x) - 6)
    away = np.abs(box.x - np.float32(parts.head_x))
    temples = (
        inside(np.abs(y + 5) - 0.9 * thick, 1.3) * inside(35 - away) * inside(away - np.float32(parts.half_width + 1))
    )
    blend(view, frame, np.maximum(np.maximum(rims, bridge), temples) * np.float32(0.95))


def paint_earrings(canvas: Array, face: Face, parts: Anatomy) -> None:
    """A drop of gold under each ear."""
    if face.earrings <= 0:
        return
    for side in (-1, 1):
        x0, y0 = parts.head_x + side * (parts.half_width + 1.8), 142.0 + 3 * face.earrings
        box = Box(130, 158, int(x0) - 6, int(x0) + 7)
        x, y = box.x - np.float32(x0), box.y - np.float32(y0)
        distance = np.sqrt(x * x + (y / np.float32(1.2 + face.earrings)) ** 2) - 2.6
        light = 1.1 - 0.10 * (x + y)
        blend(box.of(canvas), colour(0.90, 0.74, 0.38) * np.clip(light, 0.4, 1.25), inside(distance, 1.3))


def paint_hat(canvas: Array, face: Face, parts: Anatomy, outline: Outline) -> None:
    """A knitted cap down to the middle of the forehead."""
    if face.hat <= 0:
        return
    box = Box(-4, 100, 20, 159)
    x, y = box.x - np.float32(parts.head_x), box.y
    rim = 78 - 0.0028 * x * x + 2 * face.pitch
    distance = outline.distance(box) - np.float32(13 + 2 * face.hat)
    mask = inside(distance, 1.6) * inside(y - rim, 1.6)
    lx, ly, _ = light_direction(face)
    q = x / np.float32(parts.half_width + 14)
    light = 0.78 + 0.30 * lx * q - 0.25 * q * q + 0.25 * smoothstep(-y, -70, 10) * -ly
    ribs = 1 + 0.05 * np.cos(q * np.float32(44)) + 0.02 * strands(y * 9 + 1000)
    tone = palette.hsl(face.clothes_hue + 0.5, 0.35, 0.25 + 0.45 * face.clothes_lightness)
    view = box.of(canvas)
    under = np.exp(-np.maximum(y - rim, 0) / 4) * 0.35 * (y > rim) * inside(outline.distance(box), 2)
    view *= 1 - under
    blend(view, tone * (light * ribs), mask)
    cuff = inside(np.abs(y - rim + 8) - 8, 1.5) * mask
    blend(view, tone * (light * (1.14 + 0.07 * np.cos(q * np.float32(60)))), cuff)
    seam = np.exp(-0.5 * ((y - rim + 16) / 1.2) ** 2) * mask
    blend(view, tone * np.float32(0.55), seam * np.float32(0.6))
