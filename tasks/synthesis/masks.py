"""Soft edges and smooth profiles: how much of a pixel something covers, by its distance or place."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tasks.synthesis.canvas import Array


def inside(distance: Array, softness: float = 1.0) -> Array:
    """How much of a pixel lies inside a signed distance, the edge ``softness`` pixels wide."""
    cover: Array = distance * (-1 / softness)
    cover += 0.5
    return cover.clip(0, 1, out=cover)


def between(value: Array, low: Array, high: Array, softness: float) -> Array:
    """How much of a pixel lies between two curves: :func:`inside` of the farther one's distance."""
    distance = low - value
    return inside(np.maximum(distance, value - high, out=distance), softness)


def smoothstep(value: Array, low: float, high: float) -> Array:
    """0 below ``low``, 1 above ``high``, 3t^2 - 2t^3 between."""
    t: Array = value - low
    t *= 1 / (high - low)
    t.clip(0, 1, out=t)
    rest = t * -2
    rest += 3
    t *= t
    t *= rest
    return t


def hump(position: Array) -> Array:
    """1 in the middle of 0 to 1 and 0 at both ends: 1 - (2t - 1)^4."""
    square: Array = position * 2
    square -= 1
    square *= square
    square *= square
    return np.subtract(1, square, out=square)


def bell(distance: Array, width: float) -> Array:
    """About the Gaussian of a deviation ``width``, but 0 from 2.83 of them on: (1 - d^2/8w^2)^4."""
    square: Array = distance * (math.sqrt(1 / 8) / width)
    square *= square
    return _fourth(square)


def bell2(x: Array, y: Array, width: float, height: float) -> Array:
    """:func:`bell` in two dimensions."""
    across, down = x * (math.sqrt(1 / 8) / width), y * (math.sqrt(1 / 8) / height)
    across *= across
    down *= down
    return _fourth(across + down)


def fade(distance: Array, length: float) -> Array:
    """1 outside, and inside about the exponential of the depth in ``length``s, but 0 from 4 of them on."""
    depth: Array = distance * (-0.25 / length)
    depth.clip(0, 1, out=depth)
    return _fourth(depth)


def _fourth(complement: Array) -> Array:
    """(1 - t)^4, cut to 0 beyond t = 1; in place of t."""
    rest = np.subtract(1, complement, out=complement)
    rest.clip(0, 1, out=rest)
    rest *= rest
    rest *= rest
    return rest


class Curves:
    """Functions of one variable on an interval, tabulated together."""

    def __init__(self, low: float, high: float, *functions: Callable[[Array], Array]) -> None:
        self._low, self._steps = low, 1024 / (high - low)
        positions = np.linspace(low, high, 1025)
        self._table = np.array([function(positions) for function in functions], np.float32)

    def __call__(self, position: Array) -> Array:
        """All of them, (functions, ...), at positions (...) that lie in the interval."""
        index = ((position - (self._low - 0.5 / self._steps)) * self._steps).astype(np.intp)
        return self._table.take(index, axis=1)
