"""Small parts of several faces, painted at once: calls of NumPy would cost more than their pixels.

What a cell shows depends on its own face alone, to the last bit: cells have a size of their kind, never of the
faces that happen to be drawn together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tasks.synthesis.canvas import HEIGHT, POLE_X, POLE_Y, WIDTH, Array, Canvas, Layers
from tasks.synthesis.factors import Face

Point = tuple[float, float]


class Faces:
    """Several faces' factors, one cell each or two, as arrays (cells, 1, 1)."""

    def __init__(self, faces: Sequence[Face], sides: int = 1) -> None:
        self._faces, self._sides = faces, sides

    def __getattr__(self, name: str) -> Array:
        return self.each(lambda face: getattr(face, name))

    def each(self, function: Callable[[Face], float]) -> Array:
        """A number of every face: (cells, 1, 1)."""
        return self.numbers([function(face) for face in self._faces])

    def numbers(self, values: Sequence[float]) -> Array:
        """One number a face: (cells, 1, 1)."""
        return np.array(values, np.float32).repeat(self._sides).reshape(-1, 1, 1)

    def colours(self, function: Callable[[Face], Array]) -> Array:
        """A colour of every face: (cells, 3)."""
        return np.array([function(face) for face in self._faces], np.float32).repeat(self._sides, axis=0)


class Cells(Layers):
    """Rectangles of one size on several canvases, and the layers over them.

    ``x`` (cells, 1, columns) and ``y`` (cells, rows, 1) count from each cell's place; in cells of the left side x
    runs to the left. Colours may be (3,) or (cells, 3).
    """

    def __init__(self, canvases: Sequence[Canvas], places: Sequence[Point], size: tuple[int, int, int, int]) -> None:
        """The ``size``: rows above the place and below, columns before it and beyond.

        With twice as many places as canvases, these are left and right in turns.
        """
        up, down, before, beyond = size
        sides, rows, columns = len(places) // len(canvases), up + down, before + beyond
        super().__init__((len(places), rows, columns))
        self.side: Array = np.array([-1, 1] * len(canvases) if sides == 2 else [1] * len(canvases), np.float32)
        self._views: list[tuple[Array, tuple[slice, slice]]] = []
        corners = []
        for cell, (x0, y0) in enumerate(places):
            canvas, mirrored = canvases[cell // sides], sides == 2 and cell % 2 == 0
            top, left = canvas.row(y0) - up, canvas.column(x0) - (beyond if mirrored else before)
            self._views.append(_view(canvas, top, left, rows, columns, mirrored))
            right = left + columns - 1 if mirrored else left
            corners.append((top, right, x0, y0, canvas.scale, *canvas.pole))
        top, first, x0, y0, scale, pole_x, pole_y = np.array(corners).T[..., None, None]
        self.side = self.side.reshape(-1, 1, 1)
        column, row = np.arange(columns), np.arange(rows)[:, None]
        x = ((first + self.side * column - pole_x) / scale + (POLE_X - x0)) * self.side
        self.x: Array = x.astype(np.float32)
        self.y: Array = ((top + row - pole_y) / scale + (POLE_Y - y0)).astype(np.float32)

    def finish(self) -> None:
        """Bring the layers onto the canvases, as far as these reach."""
        shown, paint = self.merged()
        for cell, (view, inner) in enumerate(self._views):
            view *= shown[cell][inner]
            view += paint[cell][:, *inner]


def _view(
    canvas: Canvas, top: int, left: int, rows: int, columns: int, mirrored: bool
) -> tuple[Array, tuple[slice, slice]]:
    """The pixels of a rectangle that lie on the canvas, and which part of it they are."""
    upper, lower = max(top, 0), min(top + rows, HEIGHT)
    first, last = max(left, 0), min(left + columns, WIDTH)
    view = canvas.pixels[:, upper:lower, first:last]
    skipped = left + columns - last if mirrored else first - left
    inner = slice(upper - top, lower - top), slice(skipped, skipped + last - first)
    return (view[..., ::-1] if mirrored else view), inner
