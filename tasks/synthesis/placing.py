"""From the drawing to the picture: the turn and shift, then light, grain and eight bits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tasks.synthesis.anatomy import Placement
from tasks.synthesis.canvas import COLUMNS, GRAIN, HEIGHT, MARGIN, POLE_X, POLE_Y, ROWS, WIDTH, Array

_GRAIN: Array = np.float32(1.2) * GRAIN


def place(drawing: Array, where: Placement) -> Array:
    """Turn and shift the drawing (3, rows, columns), which has its scale already: (3, 218, 178).

    A turn by a few degrees is a shear along the rows and then one along the columns. So every row, and then
    every column, is shifted as a whole, by linear interpolation between neighbours: 0.13 pixels at most from
    the exact turn by 2.7 degrees. Raises ValueError where that needs more than the margin.
    """
    slant, rise = math.tan(where.angle), math.sin(where.angle)
    across = MARGIN - where.shift[0] + slant * (np.arange(ROWS) - (POLE_Y + MARGIN))
    down = MARGIN - where.shift[1] - rise * (np.arange(WIDTH) - (POLE_X + where.shift[0]))
    sheared = np.empty((3, ROWS, WIDTH), np.float32)
    for rows, left, share in _runs(across, COLUMNS - WIDTH):
        _interpolate(
            drawing[:, rows, left : left + WIDTH],
            drawing[:, rows, left + 1 : left + 1 + WIDTH],
            share[:, None],
            sheared[:, rows],
        )
    placed = np.empty((3, HEIGHT, WIDTH), np.float32)
    for columns, top, share in _runs(down, ROWS - HEIGHT):
        _interpolate(
            sheared[:, top : top + HEIGHT, columns],
            sheared[:, top + 1 : top + 1 + HEIGHT, columns],
            share,
            placed[:, :, columns],
        )
    return placed


def expose(picture: Array, light: Array, grain_offset: int) -> npt.NDArray[np.uint8]:
    """The picture (3, rows, columns), 0 to 1, in its ``light`` (3,) and with film grain: (rows, columns, 3)."""
    _, rows, columns = picture.shape
    grain = _GRAIN[grain_offset : grain_offset + rows, grain_offset : grain_offset + columns]
    exposed, pixels = np.empty((rows, columns), np.float32), np.empty((rows, columns, 3), np.uint8)
    for index, (band, gain) in enumerate(zip(picture, light * np.float32(255), strict=True)):
        np.multiply(band, gain, out=exposed)
        exposed += grain
        exposed.clip(0, 255, out=exposed)
        pixels[..., index] = exposed
    return pixels


def _runs(offset: npt.NDArray[np.floating], room: int) -> Iterator[tuple[slice, int, Array]]:
    """Stretches of rows or columns with the same whole part of the offset, that part, and the shares beyond it."""
    whole = np.floor(offset).astype(np.intp)
    first, last = int(whole[0]), int(whole[-1])
    if min(first, last) < 0 or max(first, last) >= room:
        raise ValueError(f"placing needs {offset.min():.1f} to {offset.max():.1f} of {room} pixels of margin")
    share = (offset - whole).astype(np.float32)
    edges = [0, *((whole[1:] != whole[:-1]).nonzero()[0] + 1).tolist(), len(whole)]
    for start, stop in itertools.pairwise(edges):
        yield slice(start, stop), int(whole[start]), share[start:stop]


def _interpolate(first: Array, second: Array, share: Array, out: Array) -> None:
    np.subtract(second, first, out=out)
    out *= share
    out += first
