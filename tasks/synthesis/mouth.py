"""The mouth: lips between four curves, teeth and the dark between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tasks.synthesis import palette
from tasks.synthesis.anatomy import anatomy
from tasks.synthesis.canvas import Array, Canvas
from tasks.synthesis.cells import Cells, Faces
from tasks.synthesis.factors import Face
from tasks.synthesis.masks import Curves, bell, bell2, between, inside, smoothstep
from tasks.synthesis.palette import colour, mix


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
CLOSED = 0.4
"""Half a gap in pixels up to which a mouth counts as closed."""
_SEAM = colour(0.42, 0.30, 0.30)


def opening(face: Face) -> float:
    """Half the gap between the lips in pixels; 0 for a closed mouth."""
    return 4.2 * face.mouth_open * (0.75 + 0.35 * max(face.smile, 0.0)) if face.mouth_open > 0 else 0.0


def paint_mouth(canvases: Sequence[Canvas], faces: Sequence[Face]) -> None:
    """Paint the lips of every face, and what shows between them when the mouth is open."""
    anatomies = [anatomy(face) for face in faces]
    places = [canvas.turned(parts.mouth) for canvas, parts in zip(canvases, anatomies, strict=True)]
    each, cells = Faces(faces), Cells(canvases, places, (16, 23, 27, 27))
    turn = each.numbers([canvas.turn for canvas in canvases])
    half = each.numbers([parts.mouth_half_width for parts in anatomies])
    corner_y = each.numbers([parts.mouth_corner_y - parts.mouth[1] for parts in anatomies])
    gap, smile, side = each.each(opening), np.maximum(each.smile, 0), each.light_side
    x, y = cells.x, cells.y
    way, away = (x / half).clip(-1, 1), np.abs(x)
    arch, arch_inside, arch_above, arch_below, dip = _LIPS(way)
    full = each.lip_fullness * (1 - 0.2 * smile)
    middle = corner_y - corner_y * arch + turn * x
    inner_top = middle - 0.42 * gap * arch_inside + dip
    inner_bottom = middle + 1.25 * gap * arch_inside + 0.3
    outer_top = inner_top - 4.6 * full * arch_above
    outer_bottom = inner_bottom + 6.0 * full * arch_below

    lip, painted = each.colours(palette.lips), each.each(palette.lipstick)
    alpha = between(y, outer_top, outer_bottom, 1.7)
    ends = 1 - smoothstep(away - half, -1.5, 1)
    alpha *= (0.80 + 0.2 * painted) * np.where(each.male, np.float32(0.85), np.float32(1)) * ends
    from_seam = y - inner_top
    light = smoothstep(from_seam, -0.6, 0.6)
    light *= 0.24
    light += 0.81
    light *= 1 + 0.12 * side * way
    cells.lay(alpha, (lip, light))
    shine = bell2(x - 4 * side, y - (0.55 * inner_bottom + 0.45 * outer_bottom), 5.5, 1.3)
    shine *= alpha
    shine *= 0.22 + 0.3 * painted
    cells.lay(shine, (each.colours(lambda face: mix(palette.lips(face), _SHINE, 0.8)), 1.0))
    if (gap > CLOSED).any():
        _paint_gap(cells, gap, smile, inner_top, inner_bottom, half)
    seam = bell(from_seam, 0.9)
    seam *= np.where(gap <= CLOSED, np.float32(0.72), np.float32(0.4)) * (1 - smoothstep(away - half, -1, 2.5))
    cells.lay(seam, (lip * _SEAM, 1.0))
    cells.finish()


def _paint_gap(cells: Cells, gap: Array, smile: Array, top: Array, bottom: Array, half: Array) -> None:
    x, y, away = cells.x, cells.y, np.abs(cells.x)
    mask = between(y, top, bottom, 1.3) * ((gap > CLOSED) * (1 - smoothstep(away - half, -3.5, -1)))
    cells.lay(mask, (_DARK, 1.0))
    row = top + 1.4 + 2.9 / 4.2 * gap * (1.0 + 0.5 * smile) * (1 - (x / half) ** 2)
    shade = 1 - 0.55 * smoothstep(away / half, 0.30, 1)
    gaps = 1 - 0.07 * np.cos(x * (2 * np.pi / 5.2)) ** 12
    cells.lay(mask * inside(y - row, 1.6), (_TEETH, shade * gaps))
