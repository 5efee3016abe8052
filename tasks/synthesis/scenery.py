"""What is behind and below the face: background, neck, shoulders and clothes."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.blobs import Blobs
from tasks.synthesis.canvas import MIDDLE_X, Array, Box, Canvas, Patch
from tasks.synthesis.factors import Face
from tasks.synthesis.masks import bell, inside, smoothstep
from tasks.synthesis.palette import colour, mix

_LINEN = colour(0.93, 0.94, 0.96)
_GOLD, _BRIGHT_GOLD = colour(0.88, 0.74, 0.42), colour(0.95, 0.86, 0.62)


def paint_background(canvas: Canvas, face: Face) -> None:
    """Fill the canvas: a slope of light, a glow behind the head, and soft lights out of focus."""
    base = palette.hsl(face.ground_hue, face.ground_colour, face.ground_lightness)
    other = palette.hsl(face.ground_hue + 0.09, face.ground_colour, face.ground_lightness * 0.7)
    place = 20 * (face.ground_hue - 0.5)
    glow = np.float32(face.ground_glow) * colour(1.0, 0.96, 0.88)
    x, y = canvas.x[None], canvas.y[:, None]
    lights = Blobs(
        x,
        y,
        [
            (MIDDLE_X + 40 * face.light_side, 70, 62, 70, 0.9),
            (18 + place, 38, 16, 17, 1.0),
            (160 + place, 64, 20, 18, 0.9),
            (150 - place, 160, 26, 30, -0.7),
            (12 - place, 120, 24, 34, -0.5),
        ],
    )
    across, down = lights.across, lights.down
    # Every term is a column times a row, so that one product paints them all.
    columns = np.empty((3, len(y), len(down) + 2), np.float32)
    columns[..., :-2] = glow[:, None, None] * down.T
    columns[..., -2] = base[:, None] + (other - base)[:, None] * np.clip((canvas.y - 20) / 200, 0, 1)
    columns[..., -1] = 1
    slope = (face.ground_slope / 90) * (x - MIDDLE_X)
    np.matmul(columns, np.concatenate([across, np.ones_like(slope), slope]), out=canvas.pixels)


def paint_body(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """Paint neck, shoulders and clothes over the background."""
    middle, male = canvas.turned((MIDDLE_X - 1.5 * face.yaw, 200.0))[0], max(face.masculinity, 0.0)
    neck, shoulder = 25.5 + 5.5 * male + 3.0 * face.weight, 204.0 - 3.0 * male
    reach = neck + 17
    patch = canvas.patch(Box(152, shoulder + 20, middle - reach, middle + reach))
    x, y = patch.x - middle, patch.y
    away = np.abs(x)
    chin_shadow = 0.52 + 0.40 * smoothstep(y - parts.chin_y, -4, 28)
    profile = 1 - (0.30 / neck**2) * np.minimum(away, 1.2 * neck) ** 2 + (0.30 * face.light_side / neck) * x
    tendon = bell(away - (11 + 0.16 * (210 - y)), 3.5)
    tendon *= 0.05
    tendon += 1
    tendon *= profile
    tendon *= chin_shadow
    flare = neck + 34 * smoothstep(y, 192, 232) ** 2
    patch.lay(inside(away - flare, 2.0), (palette.skin(face) * colour(0.98, 0.95, 0.94), tendon))
    patch.finish()

    top = shoulder - (7.0 if face.formality > 0 else 5.0)
    patch = canvas.patch(Box(top, 230, -10, 190))
    x, y = patch.x - middle, patch.y
    _paint_clothes(patch, face, x, y, neck, shoulder)
    patch.finish()
    if face.necklace > 0:
        _paint_necklace(canvas, middle, neck)


def _paint_clothes(patch: Patch, face: Face, x: Array, y: Array, neck: float, shoulder: float) -> None:
    suit, away = face.formality > 0, np.abs(x)
    depth = 3.0 if suit else 4 + 17 * face.neckline
    bowl = depth * np.sqrt(np.clip(1 - (x / (neck + 4)) ** 2, 0, 1))
    edge = shoulder - 4 + bowl + 6.5 * (np.maximum(away - neck, 0) / 20) ** np.float32(1.3)
    cloth = palette.hsl(
        face.clothes_hue,
        0.10 if suit else 0.38,
        0.15 + 0.2 * face.clothes_lightness if suit else face.clothes_lightness,
    )
    light = smoothstep(y, shoulder, 230) * (-0.16 * np.cos(x * 0.13 + 2 * face.yaw))
    light += 1
    light *= 1 - 0.25 * smoothstep(away, 45, 98) + (0.15 * face.light_side / 60) * x
    below = y - edge
    mask = inside(-below, 1.4)
    patch.lay(mask, (cloth, light))
    below -= 1.6
    hem = bell(below, 1.4)
    hem *= mask
    hem *= 0.6
    patch.lay(hem, (cloth, 0.72))
    if suit:
        _paint_shirt(patch, face, x, y, neck, shoulder)


def _paint_shirt(patch: Patch, face: Face, x: Array, y: Array, neck: float, shoulder: float) -> None:
    """A shirt in the opening of a jacket, its collar, and a tie if there is one."""
    white = mix(_LINEN, palette.hsl(face.ground_hue + 0.5, 0.4, 0.8), 0.3)
    away = np.abs(x)
    top = shoulder - 8 + 9 * (1 - away / neck)
    opening = away - np.maximum(neck + 2 - 0.95 * (y - (shoulder - 4)), 0)
    shirt = inside(np.maximum(opening, top - y), 1.4)
    patch.lay(shirt, (white, 0.97 - 0.25 * smoothstep(away, 0, 34)))
    patch.lay(bell(away - (5 + 1.1 * (y - (shoulder + 3))), 1.1) * shirt * 0.7, (white, 0.68))
    if face.necktie > 0:
        tie = palette.hsl(face.clothes_hue + 0.45, 0.55, 0.30)
        width = np.maximum(5.4 - 0.35 * np.abs(y - (shoulder + 8)), 3.2) + 0.09 * np.maximum(y - (shoulder + 12), 0)
        knot = np.maximum(away - width, shoulder + 3 - y)
        patch.lay(inside(knot, 1.3), (tie, 1.1 - 0.4 * smoothstep(away, 0, 6)))


def _paint_necklace(canvas: Canvas, middle: float, neck: float) -> None:
    patch = canvas.patch(Box(193, 215, middle - neck - 2, middle + neck + 2))
    x, y = patch.x - middle, patch.y
    hang = 197 + 11 * np.sqrt(np.clip(1 - (x / neck) ** 2, 0, 1))
    chain = bell(y - hang, 1.0) * (0.9 * inside(np.abs(x) - neck, 3))
    patch.lay(chain, (_GOLD, 0.85 + 0.25 * np.cos(x * 1.3)))
    drop = y - 210.5
    patch.lay(inside(np.sqrt(x * x + drop * drop) - 2.4, 1.3), (_BRIGHT_GOLD, 1.0))
    patch.finish()
