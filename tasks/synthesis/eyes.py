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


def _along(x: Array) -> Array:
    """The way along a brow, 0 to 1, at x from the pupil."""
    way: Array = np.clip((x + 12.5) / 29, 0, 1)
    return way


_LIDS = Curves(
    -1.8,
    1.8,
    lambda u: (1 - np.clip(u, -1, 1) ** 2) ** 0.72 * (1 - 0.16 * u),
    lambda u: (1 - np.clip(u, -1, 1) ** 2) ** 0.85 * (1 + 0.16 * u),
    lambda u: 1.1 * np.clip(u, -1, 1) ** 2 - 3.6,
    lambda u: 1 - smoothstep(np.abs(u), 0.90, 1.08),
    lambda u: 0.7 + 0.5 * smoothstep(u, -0.9, 0.8),
    lambda u: 1 - smoothstep(np.abs(u), 0.97, 1.15),
    lambda u: 1 - smoothstep(np.abs(u), 0.97, 1.28),
)
"""From the inner corner at -1 to the outer at 1: the upper and the lower lid, the crease, where the eye is, the
thickness of the lashes, and how far they reach without and with make-up."""
_BROW = Curves(
    -24,
    30,
    lambda x: 1.15 * np.sin(np.pi * _along(x) ** 1.35),
    lambda x: 2.2 * smoothstep(_along(x), 0.72, 1.0) + 1.8,
    lambda x: (0.62 + 0.6 * smoothstep(_along(x), 0, 0.3)) * (1 - 0.86 * smoothstep(_along(x), 0.5, 1.03)),
    lambda x: smoothstep(x, -13.5, -8.5) * (1 - smoothstep(x, 15.5, 18.5)),
)
"""Along a brow from the nose outwards: its arch, its outer end's fall, its thickness, and where it is at all."""
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
        for eye, (side, place) in enumerate(((-1, parts.left_eye), (1, parts.right_eye))):
            x0, y0 = canvas.turned(place)
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
    line = (canvas.turn * _SIDES - face.eye_slant) * x
    upper, lower, crease, span, thick, bare, painted = _LIDS((x - 0.4) / half)
    top, bottom = line - 5.7 * opened * upper, line + 4.1 * opened * lower
    from_top, from_bottom = y - top, y - bottom

    _paint_lids(pair, face, from_top - crease, from_bottom, span)
    _paint_ball(pair, face, from_top, between(y, top, bottom, 1.3) * span)
    dark = mix(palette.brows(face), _LASH, 0.7)
    thick *= 1.0 + 0.9 * face.makeup
    wing = bare + face.makeup * (painted - bare)
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
    x, y = pair.x - _SIDES * (canvas.turn * face.brow_height), pair.y
    arch, fall, thick, ends = _BROW(x)
    height = fall - face.brow_height - face.brow_arch * arch + (canvas.turn * _SIDES - 2.0 * face.eye_slant / 12) * x
    alpha = inside(np.abs(y - height) - 2.15 * face.brow_thickness * thick, 2.2)
    hairs = strands(7 * x + 5 * y + 300)
    hairs *= 0.13
    hairs += 0.86
    alpha *= np.minimum(hairs, 1)
    alpha *= (0.62 + 0.3 * face.brow_darkness) * ends
    pair.lay(alpha, (palette.brows(face), 0.92))
    pair.finish()
