"""Eyes and brows. Both eyes are painted at once: the left one is mirrored, so that x runs outwards."""

from __future__ import annotations

import math

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import Anatomy
from tasks.synthesis.canvas import MARGIN, Array, colour, inside, mix, smoothstep, strands
from tasks.synthesis.factors import Face

_OUT, _IN = 24, 19


class _Pair:
    """The patches of both eyes as (2, 3, rows, columns) and their coordinates about each pupil."""

    def __init__(self, canvas: Array, parts: Anatomy, up: int, down: int) -> None:
        """From ``up`` rows above the pupils to ``down`` rows below."""
        self.views = []
        self.patch = np.empty((2, 3, up + down, _OUT + _IN), np.float32)
        self.x = np.empty((2, 1, _OUT + _IN), np.float32)
        self.y = np.empty((2, up + down, 1), np.float32)
        for eye, (side, (x0, y0)) in enumerate(((-1, parts.left_eye), (1, parts.right_eye))):
            column, row = int(np.floor(x0)), int(np.floor(y0))
            left, right = (column - _OUT, column + _IN) if side < 0 else (column - _IN + 1, column + _OUT + 1)
            rows = slice(row - up + MARGIN, row + down + MARGIN)
            view = canvas[:, rows, left + MARGIN : right + MARGIN][..., ::side]
            self.views.append(view)
            self.patch[eye] = view
            self.x[eye, 0] = (np.arange(left, right, dtype=np.float32)[::side] - np.float32(x0)) * side
            self.y[eye, :, 0] = np.arange(row - up, row + down, dtype=np.float32) - np.float32(y0)

    def blend(self, paint: Array, alpha: Array) -> None:
        """Lay paint (3, 1, 1) or (2, 3, rows, columns) over both patches with alpha (2, rows, columns)."""
        difference = paint - self.patch
        difference *= alpha[:, None]
        self.patch += difference

    def finish(self) -> None:
        """Bring the patches back onto the canvas."""
        for view, patch in zip(self.views, self.patch, strict=True):
            view[:] = patch


def lid_opening(face: Face) -> float:
    """How far the lids are apart, relative to the mean at rest; smiling narrows the eyes."""
    return face.eye_openness * (1 - 0.22 * max(face.smile, 0.0))


def paint_eyes(canvas: Array, face: Face, parts: Anatomy) -> None:
    """Paint both eyes with lids and lashes, and the brows above."""
    pair = _Pair(canvas, parts, 13, 11)
    x, y = pair.x, pair.y
    half = 12.2 * face.eye_size
    opened = face.eye_size * lid_opening(face)
    upper, lower = 5.7 * opened, 4.1 * opened
    q = np.clip((x - 0.4) / np.float32(half), -1, 1)
    line = -np.float32(face.eye_slant) * x
    arch = 1 - q * q
    top = line - np.float32(upper) * arch ** np.float32(0.72) * (1 - 0.16 * q)
    bottom = line + np.float32(lower) * arch ** np.float32(0.85) * (1 + 0.16 * q)
    span = 1 - smoothstep(np.abs(x - 0.4), half - 1.2, half + 1.0)

    _paint_lids(pair, face, top, bottom, q, span)
    opening = inside(np.maximum(top - y, y - bottom), 1.3) * span
    _paint_ball(pair, face, top, opening)
    lash = (0.62 + 0.38 * face.makeup) * (1 if not face.male else 0.85)
    thick = np.float32(1.0 + 0.9 * face.makeup) * (0.7 + 0.5 * smoothstep(q, -0.9, 0.8))
    dark = mix(palette.brows(face), colour(0.07, 0.05, 0.05), 0.7)
    wing = 1 - smoothstep(np.abs(x - 0.8), half - 0.6, half + 1.6 + 1.6 * face.makeup)
    pair.blend(dark, inside(np.abs(y - top + 0.3) - thick, 1.4) * np.float32(lash) * wing)
    pair.blend(dark, np.exp(-0.5 * ((y - bottom - 0.3) / 0.8) ** 2) * np.float32(0.28 + 0.3 * face.makeup) * span)
    pair.finish()
    _paint_brows(_Pair(canvas, parts, 26, 0), face)


def _paint_lids(pair: _Pair, face: Face, top: Array, bottom: Array, q: Array, span: Array) -> None:
    """The crease over the eye, painted lids, and the rim below."""
    y = pair.y
    skin = palette.skin(face)
    crease = top - 3.6 + 1.1 * q * q
    shadow = mix(skin * colour(0.62, 0.46, 0.42), palette.hsl(face.clothes_hue, 0.35, 0.3), 0.35)
    lid = smoothstep(y, -11, -4) * (1 - smoothstep(y - bottom, -2, 2)) * span
    pair.blend(shadow, lid * np.float32(0.55 * max(face.makeup - 0.3, 0)))
    pair.blend(skin * colour(0.52, 0.38, 0.34), np.exp(-0.5 * ((y - crease) / 0.95) ** 2) * span * np.float32(0.62))
    pair.blend(
        skin * colour(1.06, 0.92, 0.90), np.exp(-0.5 * ((y - bottom - 1.4) / 1.0) ** 2) * span * np.float32(0.35)
    )


def _paint_ball(pair: _Pair, face: Face, top: Array, opening: Array) -> None:
    """The white, the iris with its dark rim and light lower half, the pupil, and the light's reflection."""
    gaze = np.array([-face.gaze_x, face.gaze_x], np.float32).reshape(2, 1, 1)
    x, y = pair.x, pair.y
    white = colour(0.93, 0.91, 0.90) * np.float32(0.96 - 0.07 * face.skin_tone)
    under_lid = 1 - 0.42 * (1 - smoothstep(y - top, 0, 4.6))
    ball = under_lid * (1 - 0.16 * (x / 11.0) ** 2)
    pair.blend(white * ball[:, None], opening)
    dx, dy = x - gaze, y - np.float32(face.gaze_y - 0.3)
    radius = np.sqrt(dx * dx + dy * dy)
    size = 5.7 * face.eye_size**0.5
    tint = palette.iris(face)
    depth = (0.66 + 0.42 * smoothstep(dy, -3, 4.5)) * (1 - 0.62 * smoothstep(radius, size - 1.9, size)) * under_lid
    pair.blend(tint * depth[:, None], inside(radius - np.float32(size), 1.4) * opening)
    pair.blend(colour(0.03, 0.025, 0.03), inside(radius - 2.3, 1.2) * opening)
    side = 1.5 * math.copysign(1, face.light_side) * np.array([-1, 1], np.float32).reshape(2, 1, 1)
    spark = np.sqrt((dx - side) ** 2 + (dy + 1.9) ** 2)
    pair.blend(colour(1, 1, 1), inside(spark - 0.95, 1.2) * opening * np.float32(0.92))


def _paint_brows(pair: _Pair, face: Face) -> None:
    """Brows: thick and low at the nose, arched, thin at the outer end, with a texture of hairs."""
    x, y = pair.x, pair.y
    t = np.clip((x + 12.5) / 29, 0, 1)
    height = (
        -np.float32(face.brow_height) + 1.8 - np.float32(face.brow_arch) * np.sin(np.float32(np.pi) * t**1.35) * 1.15
    )
    height = height + 2.2 * smoothstep(t, 0.72, 1.0) - np.float32(2.0 * face.eye_slant) * (x / 12)
    thick = (
        np.float32(2.15 * face.brow_thickness)
        * (0.62 + 0.6 * smoothstep(t, 0, 0.3))
        * (1 - 0.86 * smoothstep(t, 0.5, 1.03))
    )
    ends = smoothstep(x, -13.5, -8.5) * (1 - smoothstep(x, 15.5, 18.5))
    hairs = 0.86 + 0.13 * strands(7 * x + 5 * y + 300)
    alpha = inside(np.abs(y - height) - thick, 2.2) * ends * np.clip(hairs, 0, 1)
    pair.blend(palette.brows(face) * np.float32(0.92), alpha * np.float32(0.62 + 0.3 * face.brow_darkness))
    pair.finish()
