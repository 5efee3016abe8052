"""From the drawing to the picture: light and grain, eight bits, and the bilinear shift, turn and scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.synthesis.anatomy import Placement
from tasks.synthesis.canvas import GRAIN, HEIGHT, WIDTH, Array, X, Y

_ROWS, _COLUMNS = len(Y), len(X)
_PICTURE_X, _PICTURE_Y = np.arange(0.5, WIDTH), np.arange(0.5, HEIGHT)
_GRAIN: Array = np.float32(1.2) * GRAIN
_STRIP = 55
_ONE = 1 << 16
"""One pixel in the fixed-point coordinates."""

Pixels = npt.NDArray[np.uint64]
"""One pixel per element: red, green, blue and nothing, 16 bits each, so that one product scales all of them."""


def expose(canvas: Array, light: Array, grain_offset: int) -> Pixels:
    """The drawing (3, rows, columns), 0 to 1, in its ``light`` (3, 1, 1) and with film grain: (rows, columns) pixels.

    Every channel holds a whole number from 0 to 255.
    """
    window = slice(grain_offset, grain_offset + _ROWS), slice(grain_offset, grain_offset + _COLUMNS)
    grain, exposed = _GRAIN[window], np.empty((_ROWS, _COLUMNS), np.float32)
    pixels = np.empty((_ROWS, _COLUMNS), np.uint64)
    channels = pixels.view(np.uint16).reshape(_ROWS, _COLUMNS, 4)
    channels[..., 3] = 0
    for index, (band, gain) in enumerate(zip(canvas, light.ravel(), strict=True)):
        np.multiply(band, gain * np.float32(255), out=exposed)
        exposed += grain
        exposed.clip(0, 255, out=exposed)
        channels[..., index] = exposed
    return pixels


def place(pixels: Pixels, where: Placement) -> npt.NDArray[np.uint8]:
    """The picture (218, 178, 3), interpolated bilinearly at sixteenths of a pixel.

    Two interpolations by 16ths make 255 at most 255 * 256, which a channel's 16 bits just hold; the upper
    8 of them are the result.
    """
    a, b, c, d, e, f = where.inverse()
    flat, picture = pixels.ravel(), np.empty((HEIGHT, WIDTH, 3), np.uint8)
    across_x, across_y = a * _PICTURE_X + (c - 0.5), d * _PICTURE_X + (f - 0.5)
    # Strips whose temporaries stay in the processor's cache.
    for top in range(0, HEIGHT, _STRIP):
        down = _PICTURE_Y[top : top + _STRIP]
        x, y = _fixed(across_x, b * down), _fixed(across_y, e * down)
        corner = ((y >> 16) * np.int32(_COLUMNS) + (x >> 16)).astype(np.intp)
        share_x = _sixteenths(x)
        above = _between(flat.take(corner), flat[1:].take(corner), share_x)
        corner += _COLUMNS
        below = _between(flat.take(corner), flat[1:].take(corner), share_x)
        placed = _between(above, below, _sixteenths(y)).view(np.uint8)
        for channel in range(3):
            picture[top : top + _STRIP, :, channel] = placed[:, 2 * channel + 1 :: 8]
    return picture


def _fixed(across: npt.NDArray[np.floating], down: npt.NDArray[np.floating]) -> npt.NDArray[np.int32]:
    """The sums of a term per column and a term per row, in 65536ths: (rows, columns)."""
    columns, rows = (np.rint(term * _ONE).astype(np.int32) for term in (across, down))
    sums: npt.NDArray[np.int32] = rows[:, None] + columns
    return sums


def _sixteenths(position: npt.NDArray[np.int32]) -> Pixels:
    return ((position >> 12) & 15).astype(np.uint64)


def _between(first: Pixels, second: Pixels, share: Pixels) -> Pixels:
    """``(16 - share) first + share second`` in every channel, in place of ``first``."""
    first *= np.uint64(16) - share
    second *= share
    first += second
    return first
