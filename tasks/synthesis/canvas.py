"""The drawing surface: coordinates and layers of paint.

Everything is drawn in *drawing coordinates*: x to the right and y downwards in pixels of the mean picture. The
canvas is the finished picture: its coordinates are scaled and shifted, and parts are painted where the turn of the
head brings them, so that nothing is resampled. A distance is signed, in drawing coordinates, negative inside.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""float32 throughout."""

WIDTH, HEIGHT = 178, 218
MIDDLE_X, EYE_Y = 89.0, 112.0
POLE_X, POLE_Y = 89, 116
"""The middle of the head. Scaling and turning leave it where it is; outlines are star-shaped about it."""

STEPS = 4
"""The pole is shifted by whole multiples of a pixel's ``1 / STEPS``: so the tables about it can be kept."""
REACH = 4
"""How many pixels the pole may be shifted."""

ANGLES = 1024
ANGLE: Array = ((np.arange(ANGLES) + 0.5) * (2 * np.pi / ANGLES) - np.pi).astype(np.float32)
"""The angle of each sector: 0 straight up, positive to the right, +-pi straight down."""
_COLUMNS: Array = np.arange(WIDTH, dtype=np.float32)
_ROWS: Array = np.arange(HEIGHT, dtype=np.float32)


class Polar(NamedTuple):
    """Tables over the pixels, (rows, columns): where they lie as seen from the pole."""

    radius: Array
    """The distance from the pole, in pixels of the canvas."""
    sector: npt.NDArray[np.intp]
    """The index of the direction in :data:`ANGLE`."""
    towards_x: Array
    towards_y: Array
    """The unit vector from the pole, shorter than 1 at the pole itself."""
    direction: Array
    """The sector as float32."""
    ripple: Array
    """Waves around the pole, 39 pixels long, between -1 and 1."""

    def part(self, rows: slice, columns: slice) -> Polar:
        """The tables of some of the pixels."""
        return Polar(*(table[rows, columns] for table in self))


@lru_cache(maxsize=STEPS * STEPS)
def _polar(right: int, down: int) -> Polar:
    """About a pole shifted by less than a pixel, in STEPS; wider than the canvas by REACH on all sides."""
    dx, dy = np.meshgrid(
        np.arange(-REACH, WIDTH + REACH, dtype=np.float32) - np.float32(POLE_X + right / STEPS),
        np.arange(-REACH, HEIGHT + REACH, dtype=np.float32) - np.float32(POLE_Y + down / STEPS),
    )
    radius = np.hypot(dx, dy)
    sector = np.floor((np.arctan2(dx, -dy) + np.pi) * (ANGLES / (2 * np.pi))).astype(np.intp) % ANGLES
    towards_x, towards_y = dx / np.maximum(radius, 1), dy / np.maximum(radius, 1)
    return Polar(radius, sector, towards_x, towards_y, sector.astype(np.float32), np.sin(0.16 * radius))


class Box(NamedTuple):
    """A rectangle in drawing coordinates."""

    top: float
    bottom: float
    left: float
    right: float


class Canvas:
    """The picture while it is drawn: ``pixels`` (3, rows, columns) about 0 to 1.

    Its drawing coordinates are scaled about the pole, which is shifted to the right and down. ``turn``: the tangent
    of the angle by which the head is turned clockwise.
    """

    def __init__(self, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0), turn: float = 0.0) -> None:
        """Raises ValueError for a shift by more than REACH pixels."""
        self.scale, self.turn = scale, turn
        self.pixels = np.empty((3, HEIGHT, WIDTH), np.float32)
        right, down = (round(step * STEPS) for step in shift)
        if max(abs(right), abs(down)) > REACH * STEPS:
            raise ValueError(f"a picture is shifted by {REACH} pixels at most, not by {shift}")
        self.pole = POLE_X + right / STEPS, POLE_Y + down / STEPS
        self.x: Array = (_COLUMNS - np.float32(self.pole[0])) / np.float32(scale) + POLE_X
        self.y: Array = (_ROWS - np.float32(self.pole[1])) / np.float32(scale) + POLE_Y
        left, top = REACH - right // STEPS, REACH - down // STEPS
        tables = _polar(right % STEPS, down % STEPS)
        self.polar = tables.part(slice(top, top + HEIGHT), slice(left, left + WIDTH))

    def turned(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where the turn about the pole brings a point, both in drawing coordinates."""
        dx, dy = point[0] - POLE_X, point[1] - POLE_Y
        return point[0] - self.turn * dy, point[1] + self.turn * dx

    def row(self, y: float) -> int:
        """The row at or just above y."""
        return min(max(math.floor((y - POLE_Y) * self.scale + self.pole[1]), 0), HEIGHT)

    def column(self, x: float) -> int:
        """The column at or just left of x."""
        return min(max(math.floor((x - POLE_X) * self.scale + self.pole[0]), 0), WIDTH)

    def patch(self, box: Box) -> Patch:
        """The part that holds a box, as far as there is canvas."""
        return Patch(
            self,
            slice(self.row(box.top), min(self.row(box.bottom) + 1, HEIGHT)),
            slice(self.column(box.left), min(self.column(box.right) + 1, WIDTH)),
        )


class Layers:
    """Layers of paint over the pixels of a rectangle, collected from back to front and merged at once.

    A layer is ``sum_k colour_k field_k`` with an opacity alpha. What it adds to the picture is
    ``colour_k (field_k alpha prod_later (1 - alpha_later))``, so that the work is done on single fields, and one
    matrix product makes three channels of all of them.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._layers: list[tuple[Array, tuple[tuple[Array, Array | float], ...]]] = []

    def lay(self, alpha: Array, *terms: tuple[Array, Array | float]) -> None:
        """Lay paint over what is there; each term a colour (3,) and its field. Without any, it is a shadow."""
        self._layers.append((alpha, terms))

    def merged(self) -> tuple[Array, Array]:
        """How much of what was there before still shows, (...), and what the layers add to it, (..., 3, :, :)."""
        terms = [term for _, terms in reversed(self._layers) for term in terms]
        *cells, rows, columns = self._shape
        stack = np.empty((*cells, len(terms), rows, columns), np.float32)
        row = iter(range(len(terms)))
        shown: Array | None = None
        for alpha, fields in reversed(self._layers):
            weight = alpha if shown is None else shown * alpha
            shown = 1 - alpha if shown is None else np.subtract(shown, weight, out=shown)
            for _, field in fields:
                np.multiply(weight, field, out=stack[..., next(row), :, :])
        # A fourth row, left out again, doubles the product's speed; of a single column it would be slow.
        colours = np.zeros((*cells, 4, len(terms)), np.float32)
        for index, (tone, _) in enumerate(terms):
            colours[..., :3, index] = tone
        flat = stack.reshape(*cells, len(terms), rows * columns)
        paint: Array = colours[..., :3, :] * flat if len(terms) == 1 else colours @ flat
        assert shown is not None, "no layers to merge"
        return shown, paint[..., :3, :].reshape(*cells, 3, rows, columns)


class Patch(Layers):
    """A rectangle of the canvas: its coordinates, and the layers that are laid over it."""

    def __init__(self, canvas: Canvas, rows: slice, columns: slice) -> None:
        super().__init__((max(rows.stop - rows.start, 0), max(columns.stop - columns.start, 0)))
        self._canvas, self.part = canvas, (rows, columns)
        self.x = canvas.x[None, columns]
        self.y = canvas.y[rows, None]
        self.polar = canvas.polar.part(rows, columns)

    @cached_property
    def radius(self) -> Array:
        """The distance from the pole."""
        radius: Array = self.polar.radius * (1 / self._canvas.scale)
        return radius

    @property
    def sector(self) -> npt.NDArray[np.intp]:
        """The index of the pixels' direction from the pole in :data:`ANGLE`."""
        return self.polar.sector

    def finish(self) -> None:
        """Bring the layers onto the canvas."""
        shown, paint = self.merged()
        view = self._canvas.pixels[:, *self.part]
        view *= shown
        view += paint
