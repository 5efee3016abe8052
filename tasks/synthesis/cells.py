"""Small parts of several faces, painted at once: calls of NumPy would cost more than their pixels.

What a cell shows depends on its own face alone, to the last bit: cells have a size of their kind, never of the
faces that happen to be drawn together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tasks.synthesis.canvas import Array, Canvas, Layers
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
        sides = len(places) // len(canvases)
        super().__init__((len(places), up + down, before + beyond))
        self.side: Array = np.tile(np.array([-1, 1], np.float32) if sides == 2 else np.ones(1, np.float32), len(canvases))
        self.x = np.empty((len(places), 1, before + beyond), np.float32)
        self.y = np.empty((len(places), up + down, 1), np.float32)
        self._views = []
        for cell, (x0, y0) in enumerate(places):
            canvas, side = canvases[cell // sides], int(self.side[cell])
            column, row = canvas.column(x0), canvas.row(y0)
            left, right = (column - beyond, column + before) if side < 0 else (column - before, column + beyond)
            rows = slice(row - up, row + down)
            self._views.append(canvas.pixels[:, rows, left:right][..., ::side])
            self.x[cell, 0] = (canvas.x[left:right][::side] - x0) * side
            self.y[cell, :, 0] = canvas.y[rows] - y0
        self.side = self.side.reshape(-1, 1, 1)

    def finish(self) -> None:
        """Bring the layers onto the canvases."""
        shown, paint = self.merged()
        for cell, view in enumerate(self._views):
            view *= shown[cell]
            view += paint[cell]
