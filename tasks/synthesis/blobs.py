"""Sums of soft blobs: the hills of a face, what is red or dark on it, lights out of focus."""

from __future__ import annotations

from itertools import accumulate, chain

import numpy as np

from tasks.synthesis.canvas import POLE_X, POLE_Y, Array

Blob = tuple[float, float, float, float, float]
"""x0, y0, sx, sy, amplitude of amplitude * exp(-(x-x0)^2/2sx^2 - (y-y0)^2/2sy^2)."""


class Blobs:
    """Sums of axis-parallel Gaussians at columns x (1, n) and rows y (m, 1), and their derivatives."""

    def __init__(self, x: Array, y: Array, *sums: list[Blob], turn: float = 0.0) -> None:
        """Several sums' blobs. Their places, not their axes, are turned about the pole, as the canvas is."""
        flat = np.fromiter(chain.from_iterable(chain.from_iterable(sums)), np.float32)
        x0, y0, sx, sy, amplitude = flat.reshape(-1, 5).T[:, :, None]
        ends = list(accumulate(map(len, sums)))
        self._sums = [slice(end - len(blobs), end) for end, blobs in zip(ends, sums, strict=True)]
        turned = np.float32(turn)
        self._from_x = x - (x0 - turned * (y0 - POLE_Y))
        self._from_y = y.T - (y0 + turned * (x0 - POLE_X))
        self._shrink_x, self._shrink_y = -0.5 / (sx * sx), -0.5 / (sy * sy)
        self.across: Array = np.exp(self._from_x * self._from_x * self._shrink_x)
        self.across *= amplitude
        """Every blob's factor along the columns, with its amplitude: (blobs, n)."""
        self.down: Array = np.exp(self._from_y * self._from_y * self._shrink_y)
        """Every blob's factor along the rows: (blobs, m)."""

    def value(self, index: int = 0) -> Array:
        """A sum: (m, n)."""
        which = self._sums[index]
        total: Array = self.down[which].T @ self.across[which]
        return total

    def gradient(self, index: int = 0) -> tuple[Array, Array]:
        """A sum's derivatives by x and by y."""
        which = self._sums[index]
        across, down = self.across[which], self.down[which]
        slope_x = self._from_x[which] * (2 * self._shrink_x[which])
        slope_y = self._from_y[which] * (2 * self._shrink_y[which])
        return down.T @ (across * slope_x), (down * slope_y).T @ across
