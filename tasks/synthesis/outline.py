"""Closed curves about the middle of the head."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from tasks.synthesis.canvas import ANGLE, ANGLES, POLE_X, POLE_Y, Array, Box, Patch

_SINE, _COSINE = np.sin(ANGLE), np.cos(ANGLE)


class Outline:
    """A closed curve that is star-shaped about the pole, as its radius at every angle."""

    def __init__(self, radius: Array) -> None:
        self.radius = np.maximum(radius, 1).astype(np.float32)
        around = np.concatenate([self.radius[-1:], self.radius, self.radius[:1]])
        slope = (around[2:] - around[:-2]) * np.float32(ANGLES / (4 * np.pi))
        self._flatten = 1 / np.sqrt(1 + (slope / self.radius) ** 2)

    @classmethod
    def through(cls, x: Array, y: Array, turn: float = 0.0) -> Outline:
        """The curve through dense points (n,) in drawing coordinates, clockwise from straight below the pole.

        It is turned clockwise by the angle whose tangent is ``turn``.
        """
        dx, dy = x - POLE_X, POLE_Y - y
        angle, radius = np.arctan2(dx, dy), np.sqrt(dx * dx + dy * dy)
        half, some = len(x) // 2, len(x) // 8
        angle[:half][angle[:half] > 2] -= 2 * np.pi
        angle[half:][angle[half:] < -2] += 2 * np.pi
        angle += math.atan(turn)
        # The last points stand before the first as well, and the first after the last, a turn away.
        angle = np.concatenate([angle[-some:] - 2 * np.pi, angle, angle[:some] + 2 * np.pi])
        radius = np.concatenate([radius[-some:], radius, radius[:some]])
        return cls(np.interp(ANGLE, angle, radius).astype(np.float32))

    def reach_and_distance(self, patch: Patch) -> tuple[Array, Array]:
        """The curve's radius in the direction of every pixel, and the pixel's :meth:`distance`."""
        sector = patch.sector
        reach = self.radius.take(sector)
        distance = patch.radius - reach
        distance *= self._flatten.take(sector)
        return reach, distance

    @cached_property
    def box(self) -> Box:
        """The rectangle that holds the curve and its soft edge."""
        x, y = self.radius * _SINE, self.radius * _COSINE
        return Box(
            POLE_Y - float(y.max()) - 1.5,
            POLE_Y - float(y.min()) + 1.5,
            POLE_X + float(x.min()) - 1.5,
            POLE_X + float(x.max()) + 1.5,
        )

    def distance(self, patch: Patch) -> Array:
        """The signed distance from the curve, exact to first order."""
        return self.reach_and_distance(patch)[1]
