"""The gradient energy of images: how sharp they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCK = 256


def gradient_energy(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Mean square of the differences between neighbouring pixels of each of ``images`` (n, h, w, c): (n,) float32.

    Horizontally and vertically, on the 0–1 scale, mean over pixels and channels (the Tenengrad measure with plain
    differences; Krotkov 1988).
    """
    energy = np.empty(len(images), np.float32)
    for start in range(0, len(images), BLOCK):
        part = images[start : start + BLOCK].astype(np.float32) / np.float32(255)
        parts = [np.square(np.diff(part, axis=axis)).mean(axis=(1, 2, 3)) for axis in (1, 2)]
        energy[start : start + BLOCK] = parts[0] + parts[1]
    return energy
