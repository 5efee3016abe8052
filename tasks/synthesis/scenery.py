"""What is behind and below the face: background, neck, shoulders and clothes."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import MIDDLE_X, WHOLE, Array, Blobs, Box, blend, colour, inside, mix, smoothstep
from tasks.synthesis.factors import Face

_NECK = Box(152, 228, 26, 153)
_CHEST = Box(190, 228, -10, 188)


def paint_background(canvas: Array, face: Face) -> None:
    """Fill the canvas: a slope of light, a glow behind the head, and soft lights out of focus."""
    base = palette.hsl(face.ground_hue, face.ground_colour, face.ground_lightness)
    other = palette.hsl(face.ground_hue + 0.09, face.ground_colour, face.ground_lightness * 0.7)
    place = 20 * (face.ground_hue - 0.5)
    glow = np.float32(face.ground_glow) * colour(1.0, 0.96, 0.88)
    across, down = Blobs(
        [
            (MIDDLE_X + 40 * face.light_side, 70, 62, 70, 0.9),
            (18 + place, 38, 16, 17, 1.0),
            (160 + place, 64, 20, 18, 0.9),
            (150 - place, 160, 26, 30, -0.7),
            (12 - place, 120, 24, 34, -0.5),
        ]
    ).profiles(WHOLE)
    slope = np.float32(face.ground_slope / 90) * (WHOLE.x - MIDDLE_X)
    depth = np.clip((WHOLE.y - 20) / 200, 0, 1)
    # Every term is a column times a row, so that one product paints them all.
    columns = np.empty((3, WHOLE.y.size, len(down) + 2), np.float32)
    columns[..., :-2] = glow * down.T
    columns[..., -2:-1] = base + (other - base) * depth
    columns[..., -1] = 1
    np.matmul(columns, np.concatenate([across, np.ones_like(slope), slope]), out=canvas)


def paint_body(canvas: Array, face: Face, parts: Anatomy) -> None:
    """Paint neck, shoulders and clothes over the background."""
    view, middle = _NECK.of(canvas), np.float32(MIDDLE_X - 1.5 * face.yaw)
    x, y = _NECK.x - middle, _NECK.y
    male = max(face.masculinity, 0.0)
    neck = 25.5 + 5.5 * male + 3.0 * face.weight
    shoulder = 204.0 - 3.0 * male
    side = np.float32(0.30 * face.light_side) * x / np.float32(neck)

    chin_shadow = 0.52 + 0.40 * smoothstep(y - np.float32(parts.chin_y), -4, 28)
    roundness = 1 - 0.30 * np.clip(np.abs(x) / np.float32(neck), 0, 1.2) ** 2
    light = (roundness + side) * chin_shadow
    tendon = 1 + 0.05 * np.exp(-0.5 * ((np.abs(x) - 11 - 0.16 * (210 - y)) / 3.5) ** 2)
    flare = neck + 34 * smoothstep(y, 192, 232) ** 2
    skin = palette.skin(face) * colour(0.98, 0.95, 0.94)
    blend(view, skin * (light * tendon), inside(np.abs(x) - flare, 2.0))
    view, x, y = _CHEST.of(canvas), _CHEST.x - middle, _CHEST.y
    _paint_clothes(view, face, x, y, neck, shoulder)
    if face.necklace > 0:
        _paint_necklace(view, x, y, neck)


def _paint_clothes(view: Array, face: Face, x: Array, y: Array, neck: float, shoulder: float) -> None:
    away = np.maximum(np.abs(x) - np.float32(neck), 0)
    suit = face.formality > 0
    depth = 3.0 if suit else 4 + 17 * face.neckline
    bowl = np.float32(depth) * np.sqrt(np.clip(1 - (x / np.float32(neck + 4)) ** 2, 0, 1))
    edge = shoulder - 4 + bowl + 6.5 * (away / 20) ** 1.3
    cloth = palette.hsl(
        face.clothes_hue,
        0.10 if suit else 0.38,
        0.15 + 0.2 * face.clothes_lightness if suit else face.clothes_lightness,
    )
    fold = 1 - 0.16 * np.cos(x * np.float32(0.13) + 2 * face.yaw) * smoothstep(y, shoulder, 230)
    round_off = 1 - 0.25 * smoothstep(np.abs(x), 45, 98) + np.float32(0.15 * face.light_side) * x / 60
    mask = inside(edge - y, 1.4)
    blend(view, cloth * (fold * round_off), mask)
    hem = np.exp(-0.5 * ((y - edge - 1.6) / 1.4) ** 2) * mask
    blend(view, cloth * np.float32(0.72), hem * np.float32(0.6))
    if suit:
        _paint_shirt(view, face, x, y, neck, shoulder)


def _paint_shirt(view: Array, face: Face, x: Array, y: Array, neck: float, shoulder: float) -> None:
    """A shirt in the opening of a jacket, its collar, and a tie if there is one."""
    white = mix(colour(0.93, 0.94, 0.96), palette.hsl(face.ground_hue + 0.5, 0.4, 0.8), 0.3)
    top = shoulder - 6 + 9 * (1 - np.abs(x) / np.float32(neck)) - 2
    opening = np.abs(x) - np.maximum(np.float32(neck + 2) - 0.95 * (y - np.float32(shoulder - 4)), 0)
    shade = 0.97 - 0.25 * smoothstep(np.abs(x), 0, 34)
    shirt = inside(np.maximum(opening, top - y), 1.4)
    blend(view, white * shade, shirt)
    collar = np.exp(-0.5 * ((np.abs(x) - 5 - 1.1 * (y - np.float32(shoulder + 3))) / 1.1) ** 2) * shirt
    blend(view, white * np.float32(0.68), collar * np.float32(0.7))
    if face.necktie > 0:
        tie = palette.hsl(face.clothes_hue + 0.45, 0.55, 0.30)
        width = np.maximum(5.4 - 0.35 * np.abs(y - np.float32(shoulder + 8)), 3.2) + 0.09 * np.maximum(
            y - np.float32(shoulder + 12), 0
        )
        knot = np.maximum(np.abs(x) - width, np.float32(shoulder + 3) - y)
        blend(view, tie * (1.1 - 0.4 * smoothstep(np.abs(x), 0, 6)), inside(knot, 1.3))


def _paint_necklace(view: Array, x: Array, y: Array, neck: float) -> None:
    hang = 197 + 11 * np.sqrt(np.clip(1 - (x / np.float32(neck)) ** 2, 0, 1))
    chain = np.exp(-0.5 * ((y - hang) / 1.0) ** 2) * inside(np.abs(x) - np.float32(neck), 3)
    glitter = 0.85 + 0.25 * np.cos(x * np.float32(1.3))
    blend(view, colour(0.88, 0.74, 0.42) * glitter, chain * np.float32(0.9))
    pendant = inside(np.hypot(x, y - 210.5) - 2.4, 1.3)
    blend(view, colour(0.95, 0.86, 0.62), pendant)
