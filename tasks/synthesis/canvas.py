"""The drawing surface: fixed coordinate grids, soft masks, blending, and sums of soft blobs.

Everything is drawn in *drawing coordinates*: x to the right and y downwards in pixels of the finished
picture before it is placed (shifted, turned, scaled a little), with a margin around it for that.
A distance is signed, in pixels, negative inside.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""float32 throughout."""

WIDTH, HEIGHT = 178, 218
MARGIN = 10
MIDDLE_X, EYE_Y = 89.0, 112.0

X: Array = np.arange(-MARGIN, WIDTH + MARGIN, dtype=np.float32)
Y: Array = np.arange(-MARGIN, HEIGHT + MARGIN, dtype=np.float32)


@lru_cache(maxsize=1024)
def _slices(box: Box) -> tuple[slice, slice]:
    return (
        slice(max(box.top + MARGIN, 0), max(box.bottom + MARGIN, 0)),
        slice(max(box.left + MARGIN, 0), max(box.right + MARGIN, 0)),
    )


class Box(NamedTuple):
    """A rectangle of the canvas in whole drawing coordinates; ``bottom`` and ``right`` are exclusive."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of the canvas."""
        return _slices(self)

    @property
    def x(self) -> Array:
        """The columns' x: (1, columns)."""
        return X[None, self.slices[1]]

    @property
    def y(self) -> Array:
        """The rows' y: (rows, 1)."""
        return Y[self.slices[0], None]

    def of(self, canvas: Array) -> Array:
        """This part of a canvas (..., rows, columns), as a view."""
        rows, columns = self.slices
        return canvas[..., rows, columns]


WHOLE = Box(-MARGIN, HEIGHT + MARGIN, -MARGIN, WIDTH + MARGIN)


def colour(red: float, green: float, blue: float) -> Array:
    """An sRGB colour (0 to 1) as (3, 1, 1)."""
    return np.array([red, green, blue], np.float32).reshape(3, 1, 1)


def mix(first: Array, second: Array, share: float) -> Array:
    """``first`` with ``share`` of ``second``."""
    return first + np.float32(share) * (second - first)


def inside(distance: Array, softness: float = 1.0) -> Array:
    """How much of a pixel lies inside a signed distance, the edge ``softness`` pixels wide."""
    cover: Array = distance * (-1 / softness)
    cover += 0.5
    return cover.clip(0, 1, out=cover)


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
    square: Array = 2 * position - 1
    square *= square
    return 1 - square * square


def blend(target: Array, paint: Array, alpha: Array) -> None:
    """Lay ``paint`` (3, 1, 1) or like the target over ``target`` (3, rows, columns) with ``alpha`` (rows, columns)."""
    difference = paint - target
    difference *= alpha
    target += difference


class Blobs:
    """A sum of axis-parallel Gaussians: amplitude * exp(-(x-x0)^2/2sx^2 - (y-y0)^2/2sy^2)."""

    def __init__(self, rows: list[tuple[float, float, float, float, float]]) -> None:
        """Each row: x0, y0, sx, sy, amplitude."""
        self.x0, self.y0, self.sx, self.sy, self.amplitude = np.array(rows, np.float32).T[:, :, None]

    def value(self, box: Box) -> Array:
        """The sum on the box: (rows, columns)."""
        across, down = self.profiles(box)
        return down.T @ across

    def gradient(self, box: Box) -> tuple[Array, Array]:
        """Its derivatives by x and by y on the box."""
        across, down = self.profiles(box)
        slope_x = (self.x0 - box.x) / self.sx**2
        slope_y = (self.y0 - box.y.T) / self.sy**2
        return down.T @ (across * slope_x), (down * slope_y).T @ across

    def profiles(self, box: Box) -> tuple[Array, Array]:
        """Every blob's factors along the columns (blobs, columns), with its amplitude, and the rows (blobs, rows)."""
        across = self.amplitude * np.exp(-0.5 * ((box.x - self.x0) / self.sx) ** 2)
        down = np.exp(-0.5 * ((box.y.T - self.y0) / self.sy) ** 2)
        return across, down


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], wavelength: tuple[float, ...]) -> Array:
    """Periodic noise of mean 0 and deviation 1 with a Gaussian spectrum of the given wavelengths in pixels."""
    spectrum = np.fft.fftn(rng.standard_normal(shape))
    for axis, (size, length) in enumerate(zip(shape, wavelength, strict=True)):
        frequency = np.fft.fftfreq(size).reshape([-1 if a == axis else 1 for a in range(len(shape))])
        spectrum = spectrum * np.exp(-0.5 * (frequency * length) ** 2)
    noise = np.fft.ifftn(spectrum).real
    result: Array = ((noise - noise.mean()) / noise.std()).astype(np.float32)
    return result


_rng = np.random.default_rng(20170410)
_ROOM = (len(Y) + 64, len(X) + 64)
GRAIN: Array = _smooth_noise(_rng, _ROOM, (1.5, 1.5))
CURLS: Array = _smooth_noise(_rng, _ROOM, (13.0, 13.0))
STUBBLE: Array = _smooth_noise(_rng, _ROOM, (4.5, 2.5))
STRANDS: Array = _smooth_noise(_rng, (4096,), (26.0,))
"""One-dimensional noise, looked up across the strands of hair."""


def strands(position: Array) -> Array:
    """The noise of hair strands at ``position``, any real numbers; a strand is some 10 units wide."""
    index = position.astype(np.intp)
    index &= len(STRANDS) - 1
    noise: Array = STRANDS.take(index)
    return noise


# The polar grid about the middle of the head, for star-shaped outlines.
POLE_X, POLE_Y = 89.0, 116.0
ANGLES = 1024
_dx, _dy = np.meshgrid(X - POLE_X, Y - POLE_Y)
RADIUS: Array = np.hypot(_dx, _dy).astype(np.float32)
_angle = np.arctan2(_dx, -_dy)
SECTOR: npt.NDArray[np.intp] = (np.floor((_angle + np.pi) * (ANGLES / (2 * np.pi))).astype(np.intp)) % ANGLES
TOWARDS_X: Array = (_dx / np.maximum(RADIUS, 1)).astype(np.float32)
TOWARDS_Y: Array = (_dy / np.maximum(RADIUS, 1)).astype(np.float32)
ANGLE: Array = ((np.arange(ANGLES) + 0.5) * (2 * np.pi / ANGLES) - np.pi).astype(np.float32)
"""The angle of each sector: 0 straight up, positive to the right, +-pi straight down."""


class Outline:
    """A closed curve that is star-shaped about the pole, as its radius at every angle."""

    def __init__(self, radius: Array) -> None:
        self.radius = np.maximum(radius, 1).astype(np.float32)
        around = np.concatenate([self.radius[-1:], self.radius, self.radius[:1]])
        slope = (around[2:] - around[:-2]) * np.float32(ANGLES / (4 * np.pi))
        self._flatten = 1 / np.sqrt(1 + (slope / self.radius) ** 2)

    @classmethod
    def through(cls, x: Array, y: Array) -> Outline:
        """The curve through dense points (n,) given in drawing coordinates, in any order."""
        dx, dy = x - POLE_X, POLE_Y - y
        angle, radius = np.arctan2(dx, dy), np.sqrt(dx * dx + dy * dy)
        around = angle.argsort()
        # The last point stands before the first as well, and the first after the last, a turn away.
        around = np.concatenate([around[-1:], around, around[:1]])
        angle = angle[around]
        angle[0] -= 2 * np.pi
        angle[-1] += 2 * np.pi
        return cls(np.interp(ANGLE, angle, radius[around]).astype(np.float32))

    def reach_and_distance(self, box: Box) -> tuple[Array, Array]:
        """The curve's radius in the direction of every pixel of the box, and the pixel's :meth:`distance`."""
        sector = SECTOR[box.slices]
        reach = self.radius.take(sector)
        distance = box.of(RADIUS) - reach
        distance *= self._flatten.take(sector)
        return reach, distance

    def distance(self, box: Box) -> Array:
        """The signed distance from the curve, exact to first order."""
        return self.reach_and_distance(box)[1]
