"""The mouth: lips between four curves, teeth and the dark between them."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import Array, Box, blend, colour, inside, mix, smoothstep
from tasks.synthesis.factors import Face


def opening(face: Face) -> float:
    """Half the gap between the lips in pixels; 0 for a closed mouth."""
    return 4.2 * face.mouth_open * (0.75 + 0.35 * max(face.smile, 0.0)) if face.mouth_open > 0 else 0.0


def paint_mouth(canvas: Array, face: Face, parts: Anatomy) -> None:
    """Paint the lips, and what shows between them when the mouth is open."""
    x0, y0 = parts.mouth
    box = Box(int(y0) - 16, int(y0) + 21, int(x0) - 28, int(x0) + 29)
    view = box.of(canvas)
    x, y = box.x - np.float32(x0), box.y
    half = parts.mouth_half_width
    q = np.clip(x / np.float32(half), -1, 1)
    arch = 1 - q * q
    gap, full = opening(face), face.lip_fullness
    thin = 1 - 0.2 * max(face.smile, 0.0)
    middle = np.float32(parts.mouth_corner_y) + np.float32(y0 - parts.mouth_corner_y) * arch
    cupid = 1 - 0.26 * np.exp(-0.5 * (q / 0.13) ** 2) + 0.12 * np.exp(-0.5 * ((np.abs(q) - 0.25) / 0.14) ** 2)
    inner_top = middle - np.float32(0.42 * gap) * arch**0.8 + 0.5 * np.exp(-0.5 * (q / 0.16) ** 2)
    inner_bottom = middle + np.float32(1.25 * gap) * arch**0.8 + 0.3
    outer_top = inner_top - np.float32(4.6 * full * thin) * arch**0.85 * cupid
    outer_bottom = inner_bottom + np.float32(6.0 * full * thin) * arch**0.75

    lip = palette.lips(face)
    alpha = inside(np.maximum(outer_top - y, y - outer_bottom), 1.7) * (1 - smoothstep(np.abs(x), half - 1.5, half + 1))
    strength = np.float32(0.80 + 0.2 * palette.lipstick(face)) * (1 if not face.male else np.float32(0.85))
    upper = smoothstep(inner_top - y, -0.6, 0.6)
    light = (1.05 - 0.24 * upper) * (1 + np.float32(0.12 * face.light_side) * q)
    blend(view, lip * light, alpha * strength)
    shine = np.exp(
        -0.5 * (((x - 4 * face.light_side) / 5.5) ** 2 + ((y - 0.55 * inner_bottom - 0.45 * outer_bottom) / 1.3) ** 2)
    )
    blend(view, mix(lip, colour(1, 0.95, 0.93), 0.8), shine * alpha * np.float32(0.22 + 0.3 * palette.lipstick(face)))
    if gap > 0.4:
        _paint_gap(view, face, x, y, inner_top, inner_bottom, half)
    seam = np.exp(-0.5 * ((y - inner_top) / 0.9) ** 2) * (1 - smoothstep(np.abs(x), half - 1, half + 2.5))
    blend(view, lip * colour(0.42, 0.30, 0.30), seam * np.float32(0.72 if gap <= 0.4 else 0.4))


def _paint_gap(view: Array, face: Face, x: Array, y: Array, top: Array, bottom: Array, half: float) -> None:
    mask = inside(np.maximum(top - y, y - bottom), 1.3) * (1 - smoothstep(np.abs(x), half - 3.5, half - 1))
    blend(view, colour(0.24, 0.07, 0.07), mask)
    row = (
        top
        + 1.4
        + np.float32(2.9 * opening(face) / 4.2 * (1.0 + 0.5 * max(face.smile, 0.0))) * (1 - (x / np.float32(half)) ** 2)
    )
    shade = 1 - 0.55 * smoothstep(np.abs(x), 0.30 * half, half)
    gaps = 1 - 0.07 * np.cos(x * np.float32(2 * np.pi / 5.2)) ** 12
    blend(view, colour(0.95, 0.93, 0.89) * (shade * gaps), mask * inside(y - row, 1.6))
