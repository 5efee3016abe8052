"""Eyes and brows. Both eyes are painted at once: the left one is mirrored, so that x runs outwards."""

from __future__ import annotations

import math

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import (
    Array,
    Canvas,
    Curves,
    Layers,
    bell,
    between,
    colour,
    inside,
    mix,
    smoothstep,
    strands,
)
from tasks.synthesis.factors import Face

_SIDES = np.array([-1, 1], np.float32).reshape(2, 1, 1)
_LIDS = Curves(
    -1,
    1,
    lambda q: (1 - q * q) ** 0.72 * (1 - 0.16 * q),
    lambda q: (1 - q * q) ** 0.85 * (1 + 0.16 * q),
)
"""The upper and the lower lid from the inner corner to the outer one."""
_BROW = Curves(
    0,
    1,
    lambda t: 1.15 * np.sin(np.pi * t**1.35),
    lambda t: 2.2 * smoothstep(t, 0.72, 1.0),
    lambda t: (0.62 + 0.6 * smoothstep(t, 0, 0.3)) * (1 - 0.86 * smoothstep(t, 0.5, 1.03)),
)
"""Along a brow from the nose outwards: its arch, its outer end's fall, its thickness."""
_WHITE, _PUPIL, _SPARK = colour(0.93, 0.91, 0.90), colour(0.03, 0.025, 0.03), colour(1, 1, 1)
_LASH, _CREASE, _RIM = colour(0.07, 0.05, 0.05), colour(0.52, 0.38, 0.34), colour(1.06, 0.92, 0.90)
_SHADOW = colour(0.62, 0.46, 0.42)


class _Pair(Layers):
    """Layers over both eyes, (2, rows, columns), and their coordinates about each pupil."""

    def __init__(self, canvas: Canvas, parts: Anatomy, up: int, down: int, outwards: int, inwards: int) -> None:
        """From ``up`` rows above the pupils to ``down`` rows below."""
        super().__init__((2, up + down, outwards + inwards))
        self._views = []
        self.x = np.empty((2, 1, outwards + inwards), np.float32)
        self.y = np.empty((2, up + down, 1), np.float32)
        for eye, (side, (x0, y0)) in enumerate(((-1, parts.left_eye), (1, parts.right_eye))):
            column, row = canvas.column(x0), canvas.row(y0)
            left, right = (column - outwards, column + inwards) if side < 0 else (column - inwards, column + outwards)
            rows = slice(row - up, row + down)
            self._views.append(canvas.pixels[:, rows, left:right][..., ::side])
            self.x[eye, 0] = (canvas.x[left:right][::side] - x0) * side
            self.y[eye, :, 0] = canvas.y[rows] - y0

    def finish(self) -> None:
        """Bring the layers onto the canvas."""
        shown, paint = self.merged()
        for eye, view in enumerate(self._views):
            view *= shown[eye]
            view += paint[:, eye]


def lid_opening(face: Face) -> float:
    """How far the lids are apart, relative to the mean at rest; smiling narrows the eyes."""
    return face.eye_openness * (1 - 0.22 * max(face.smile, 0.0))


def paint_eyes(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """Paint both eyes with lids and lashes, and the brows above."""
    pair = _Pair(canvas, parts, 12, 10, 18, 15)
    x, y = pair.x, pair.y
    half, opened = 12.2 * face.eye_size, face.eye_size * lid_opening(face)
    q = np.clip((x - 0.4) / half, -1, 1)
    line = -face.eye_slant * x
    upper, lower = _LIDS(q)
    top, bottom = line - 5.7 * opened * upper, line + 4.1 * opened * lower
    away = np.abs(x - 0.4)
    span = 1 - smoothstep(away, half - 1.2, half + 1.0)
    from_top, from_bottom = y - top, y - bottom

    _paint_lids(pair, face, from_top - (1.1 * q * q - 3.6), from_bottom, span)
    _paint_ball(pair, face, from_top, between(y, top, bottom, 1.3) * span)
    dark = mix(palette.brows(face), _LASH, 0.7)
    thick = (1.0 + 0.9 * face.makeup) * (0.7 + 0.5 * smoothstep(q, -0.9, 0.8))
    wing = 1 - smoothstep(away, half - 0.4, half + 1.8 + 1.6 * face.makeup)
    from_top += 0.3
    lashes = inside(np.abs(from_top) - thick, 1.4)
    lashes *= (0.62 + 0.38 * face.makeup) * (0.85 if face.male else 1) * wing
    pair.lay(lashes, (dark, 1.0))
    from_bottom -= 0.3
    pair.lay(bell(from_bottom, 0.8) * ((0.28 + 0.3 * face.makeup) * span), (dark, 1.0))
    pair.finish()
    _paint_brows(canvas, face, parts)


def _paint_lids(pair: _Pair, face: Face, from_crease: Array, from_bottom: Array, span: Array) -> None:
    """The crease over the eye, painted lids, and the rim below."""
    skin = palette.skin(face)
    if face.makeup > 0.3:
        shadow = mix(skin * _SHADOW, palette.hsl(face.clothes_hue, 0.35, 0.3), 0.35)
        lid = inside(from_bottom, 2.6) * (0.55 * (face.makeup - 0.3) * smoothstep(pair.y, -11, -4))
        pair.lay(lid * span, (shadow, 1.0))
    pair.lay(bell(from_crease, 0.95) * (0.62 * span), (skin * _CREASE, 1.0))
    pair.lay(bell(from_bottom - 1.4, 1.0) * (0.35 * span), (skin * _RIM, 1.0))


def _paint_ball(pair: _Pair, face: Face, from_top: Array, opening: Array) -> None:
    """The white, the iris with its dark rim and light lower half, the pupil, and the light's reflection."""
    x, y = pair.x, pair.y
    under_lid = smoothstep(from_top, 0, 4.6)
    under_lid *= 0.42
    under_lid += 0.58
    pair.lay(opening, (_WHITE, under_lid * ((0.96 - 0.07 * face.skin_tone) * (1 - 0.16 * (x / 11.0) ** 2))))
    dx, dy = x - face.gaze_x * _SIDES, y - (face.gaze_y - 0.3)
    radius = np.sqrt(dx * dx + dy * dy)
    size = 5.7 * face.eye_size**0.5
    depth = smoothstep(radius, size - 1.9, size)
    depth *= -0.62
    depth += 1
    depth *= 0.66 + 0.42 * smoothstep(dy, -3, 4.5)
    depth *= under_lid
    pair.lay(inside(radius - size, 1.4) * opening, (palette.iris(face), depth))
    pair.lay(inside(radius - 2.3, 1.2) * opening, (_PUPIL, 1.0))
    across, down = dx - 1.5 * math.copysign(1, face.light_side) * _SIDES, dy + 1.9
    spark = inside(np.sqrt(across * across + down * down) - 0.95, 1.2)
    spark *= opening
    spark *= 0.92
    pair.lay(spark, (_SPARK, 1.0))


def _paint_brows(canvas: Canvas, face: Face, parts: Anatomy) -> None:
    """Brows: thick and low at the nose, arched, thin at the outer end, with a texture of hairs."""
    up, down = math.ceil(face.brow_height + 1.2 * max(face.brow_arch, 0.0)) + 5, int(face.brow_height) - 7
    pair = _Pair(canvas, parts, up, -down, 20, 15)
    x, y = pair.x, pair.y
    arch, fall, thick = _BROW(np.clip((x + 12.5) / 29, 0, 1))
    height = 1.8 - face.brow_height - face.brow_arch * arch + fall - (2.0 * face.eye_slant / 12) * x
    ends = smoothstep(x, -13.5, -8.5) * (1 - smoothstep(x, 15.5, 18.5))
    alpha = inside(np.abs(y - height) - 2.15 * face.brow_thickness * thick, 2.2)
    hairs = strands(7 * x + 5 * y + 300)
    hairs *= 0.13
    hairs += 0.86
    alpha *= np.minimum(hairs, 1)
    alpha *= (0.62 + 0.3 * face.brow_darkness) * ends
    pair.lay(alpha, (palette.brows(face), 0.92))
    pair.finish()
