"""The mouth: lips between four curves, teeth and the dark between them."""

from __future__ import annotations

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import (
    Array,
    Box,
    Canvas,
    Curves,
    Patch,
    bell,
    bell2,
    between,
    colour,
    inside,
    mix,
    smoothstep,
)
from tasks.synthesis.factors import Face


def _arch(q: Array) -> Array:
    return 1 - q * q


def _cupid(q: Array) -> Array:
    """The bow of the upper lip: a dip in the middle between two peaks."""
    bow: Array = 1 - 0.26 * np.exp(-0.5 * (q / 0.13) ** 2) + 0.12 * np.exp(-0.5 * ((np.abs(q) - 0.25) / 0.14) ** 2)
    return bow


_LIPS = Curves(
    -1,
    1,
    _arch,
    lambda q: _arch(q) ** 0.8,
    lambda q: _arch(q) ** 0.85 * _cupid(q),
    lambda q: _arch(q) ** 0.75,
    lambda q: 0.5 * np.exp(-0.5 * (q / 0.16) ** 2),
)
_DARK, _TEETH, _SHINE = colour(0.24, 0.07, 0.07), colour(0.95, 0.93, 0.89), colour(1, 0.95, 0.93)
_SEAM = colour(0.42, 0.30, 0.30)


def opening(face: Face) -> float:
    """Half the gap between the lips in pixels; 0 for a closed mouth."""
    return 4.2 * face.mouth_open * (0.75 + 0.35 * max(face.smile, 0.0)) if face.mouth_open > 0 else 0.0


def paint_mouth(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """Paint the lips, and what shows between them when the mouth is open."""
    x0, y0 = canvas.turned(parts.mouth)
    corner_y = parts.mouth_corner_y + y0 - parts.mouth[1]
    half, gap, smile = parts.mouth_half_width, opening(face), max(face.smile, 0.0)
    patch = canvas.patch(
        Box(min(corner_y, y0) - 9, y0 + 9.5 + 1.5 * gap + 4 * smile, x0 - half - 3, x0 + half + 3)
    )
    x, y = patch.x - x0, patch.y
    q, away = np.clip(x / half, -1, 1), np.abs(x)
    arch, arch_inside, arch_above, arch_below, dip = _LIPS(q)
    full = face.lip_fullness * (1 - 0.2 * smile)
    middle = corner_y + (y0 - corner_y) * arch + canvas.turn * x
    inner_top = middle - 0.42 * gap * arch_inside + dip
    inner_bottom = middle + 1.25 * gap * arch_inside + 0.3
    outer_top = inner_top - 4.6 * full * arch_above
    outer_bottom = inner_bottom + 6.0 * full * arch_below

    lip, painted = palette.lips(face), palette.lipstick(face)
    alpha = between(y, outer_top, outer_bottom, 1.7)
    alpha *= (0.80 + 0.2 * painted) * (0.85 if face.male else 1) * (1 - smoothstep(away, half - 1.5, half + 1))
    from_seam = y - inner_top
    light = smoothstep(from_seam, -0.6, 0.6)
    light *= 0.24
    light += 0.81
    light *= 1 + 0.12 * face.light_side * q
    patch.lay(alpha, (lip, light))
    shine = bell2(x - 4 * face.light_side, y - (0.55 * inner_bottom + 0.45 * outer_bottom), 5.5, 1.3)
    shine *= alpha
    shine *= 0.22 + 0.3 * painted
    patch.lay(shine, (mix(lip, _SHINE, 0.8), 1.0))
    if gap > 0.4:
        _paint_gap(patch, face, x, inner_top, inner_bottom, half)
    seam = bell(from_seam, 0.9)
    seam *= (0.72 if gap <= 0.4 else 0.4) * (1 - smoothstep(away, half - 1, half + 2.5))
    patch.lay(seam, (lip * _SEAM, 1.0))
    patch.finish()


def _paint_gap(patch: Patch, face: Face, x: Array, top: Array, bottom: Array, half: float) -> None:
    y, away = patch.y, np.abs(x)
    mask = between(y, top, bottom, 1.3) * (1 - smoothstep(away, half - 3.5, half - 1))
    patch.lay(mask, (_DARK, 1.0))
    length = 2.9 * opening(face) / 4.2 * (1.0 + 0.5 * max(face.smile, 0.0))
    row = top + 1.4 + length * (1 - (x / half) ** 2)
    shade = 1 - 0.55 * smoothstep(away, 0.30 * half, half)
    gaps = 1 - 0.07 * np.cos(x * (2 * np.pi / 5.2)) ** 12
    patch.lay(mask * inside(y - row, 1.6), (_TEETH, shade * gaps))
