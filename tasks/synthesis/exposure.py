"""From the drawing to the picture: light, grain and eight bits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tasks.synthesis.canvas import Array
from tasks.synthesis.noise import GRAIN

_GRAIN: Array = np.float32(1.2) * GRAIN


def expose(picture: Array, light: Array, grain_offset: int) -> npt.NDArray[np.uint8]:
    """The picture (3, rows, columns), 0 to 1, in its ``light`` (3,) and with film grain: (3, rows, columns)."""
    _, rows, columns = picture.shape
    grain = _GRAIN[grain_offset : grain_offset + rows, grain_offset : grain_offset + columns]
    exposed, pixels = np.empty((rows, columns), np.float32), np.empty(picture.shape, np.uint8)
    for band, gain, eight_bits in zip(picture, light * np.float32(255), pixels, strict=True):
        np.multiply(band, gain, out=exposed)
        exposed += grain
        exposed.clip(0, 255, out=exposed)
        eight_bits[...] = exposed
    return pixels
