"""Eyes and brows. Those of several faces are painted at once: left ones are mirrored, so that x runs outwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import anatomy
from tasks.synthesis.canvas import Array, Canvas
from tasks.synthesis.cells import Cells, Faces
from tasks.synthesis.factors import Face
from tasks.synthesis.masks import Curves, bell, between, inside, smoothstep
from tasks.synthesis.noise import strands
from tasks.synthesis.palette import colour, mix


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


def lid_opening(face: Face) -> float:
    """How far the lids are apart, relative to the mean at rest; smiling narrows the eyes."""
    return face.eye_openness * (1 - 0.22 * max(face.smile, 0.0))


def paint_eyes(canvases: Sequence[Canvas], faces: Sequence[Face]) -> None:
    """Paint both eyes of every face with lids and lashes, and the brows above."""
    places = []
    for canvas, face in zip(canvases, faces, strict=True):
        parts = anatomy(face)
        places += [canvas.turned(parts.left_eye), canvas.turned(parts.right_eye)]
    each = Faces(faces, 2)
    turn = each.numbers([canvas.turn for canvas in canvases])
    cells = Cells(canvases, places, (12, 10, 15, 18))
    x, y = cells.x, cells.y
    makeup, opened = each.makeup, each.eye_size * each.each(lid_opening)
    line = (turn * cells.side - each.eye_slant) * x
    upper, lower, crease, span, thick, bare, painted = _LIDS((x - 0.4) / (12.2 * each.eye_size))
    top, bottom = line - 5.7 * opened * upper, line + 4.1 * opened * lower
    from_top, from_bottom = y - top, y - bottom

    _paint_lids(cells, each, from_top - crease, from_bottom, span)
    _paint_ball(cells, each, from_top, between(y, top, bottom, 1.3) * span)
    dark = each.colours(lambda face: mix(palette.brows(face), _LASH, 0.7))
    thick *= 1.0 + 0.9 * makeup
    wing = bare + makeup * (painted - bare)
    from_top += 0.3
    lashes = inside(np.abs(from_top) - thick, 1.4)
    lashes *= (0.62 + 0.38 * makeup) * np.where(each.male, np.float32(0.85), np.float32(1)) * wing
    cells.lay(lashes, (dark, 1.0))
    from_bottom -= 0.3
    cells.lay(bell(from_bottom, 0.8) * ((0.28 + 0.3 * makeup) * span), (dark, 1.0))
    cells.finish()
    _paint_brows(Cells(canvases, places, (27, -4, 15, 20)), each, turn)


def _paint_lids(cells: Cells, each: Faces, from_crease: Array, from_bottom: Array, span: Array) -> None:
    """The crease over the eye, painted lids, and the rim below."""
    skin = each.colours(palette.skin)
    shadow = each.colours(
        lambda face: mix(palette.skin(face) * _SHADOW, palette.hsl(face.clothes_hue, 0.35, 0.3), 0.35)
    )
    lid = inside(from_bottom, 2.6)
    lid *= smoothstep(cells.y, -11, -4) * (0.55 * np.maximum(each.makeup - 0.3, 0))
    cells.lay(lid * span, (shadow, 1.0))
    cells.lay(bell(from_crease, 0.95) * (0.62 * span), (skin * _CREASE, 1.0))
    cells.lay(bell(from_bottom - 1.4, 1.0) * (0.35 * span), (skin * _RIM, 1.0))


def _paint_ball(cells: Cells, each: Faces, from_top: Array, opening: Array) -> None:
    """The white, the iris with its dark rim and light lower half, the pupil, and the light's reflection."""
    x, y = cells.x, cells.y
    under_lid = smoothstep(from_top, 0, 4.6)
    under_lid *= 0.42
    under_lid += 0.58
    white = (0.96 - 0.07 * each.skin_tone) * (1 - 0.16 * (x / 11.0) ** 2)
    cells.lay(opening, (_WHITE, under_lid * white))
    dx, dy = x - each.gaze_x * cells.side, y - (each.gaze_y - 0.3)
    radius = np.sqrt(dx * dx + dy * dy)
    from_rim = radius - 5.7 * np.sqrt(each.eye_size)
    depth = smoothstep(from_rim, -1.9, 0)
    depth *= -0.62
    depth += 1
    depth *= 0.66 + 0.42 * smoothstep(dy, -3, 4.5)
    depth *= under_lid
    cells.lay(inside(from_rim, 1.4) * opening, (each.colours(palette.iris), depth))
    cells.lay(inside(radius - 2.3, 1.2) * opening, (_PUPIL, 1.0))
    across, down = dx - 1.5 * np.copysign(cells.side, each.light_side * cells.side), dy + 1.9
    spark = inside(np.sqrt(across * across + down * down) - 0.95, 1.2)
    spark *= opening
    spark *= 0.92
    cells.lay(spark, (_SPARK, 1.0))


def _paint_brows(cells: Cells, each: Faces, turn: Array) -> None:
    """Brows: thick and low at the nose, arched, thin at the outer end, with a texture of hairs."""
    above = each.brow_height
    x, y = cells.x - cells.side * (turn * above), cells.y
    arch, fall, thick, ends = _BROW(x)
    height = fall - above - each.brow_arch * arch + (turn * cells.side - 2.0 / 12 * each.eye_slant) * x
    alpha = inside(np.abs(y - height) - 2.15 * each.brow_thickness * thick, 2.2)
    hairs = strands(7 * x + 5 * y + 300)
    hairs *= 0.13
    hairs += 0.86
    alpha *= np.minimum(hairs, 1)
    alpha *= (0.62 + 0.3 * each.brow_darkness) * ends
    cells.lay(alpha, (each.colours(palette.brows), 0.92))
    cells.finish()
