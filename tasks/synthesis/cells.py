"""Small parts of several faces, painted at once: calls of NumPy would cost more than their pixels.

What a cell shows depends on its own face alone, to the last bit: cells have a size of their kind, never of the
faces that happen to be drawn together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tasks.synthesis.canvas import HEIGHT, WIDTH, Array, Canvas, Layers
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
        single = np.array([-1, 1], np.float32) if sides == 2 else np.ones(1, np.float32)
        self.side: Array = np.tile(single, len(canvases)).reshape(-1, 1, 1)
        self.x = np.empty((len(places), 1, before + beyond), np.float32)
        self.y = np.empty((len(places), up + down, 1), np.float32)
        self._views: list[tuple[Array, tuple[slice, slice]]] = []
        for cell, place in enumerate(places):
            self._open(cell, canvases[cell // sides], place, size)

    def _open(self, cell: int, canvas: Canvas, place: Point, size: tuple[int, int, int, int]) -> None:
        """Find a cell's coordinates, and what of it lies on the canvas."""
        up, down, before, beyond = size
        (x0, y0), side, width = place, int(self.side[cell, 0, 0]), before + beyond
        top, column = canvas.row(y0) - up, canvas.column(x0)
        first = column - before if side > 0 else column + before - 1
        self.x[cell, 0] = (canvas.x_of(np.arange(first, first + side * width, side, dtype=np.float32)) - x0) * side
        self.y[cell, :, 0] = canvas.y_of(np.arange(top, top + up + down, dtype=np.float32)) - y0
        rows = slice(max(top, 0), min(top + up + down, HEIGHT))
        left = first if side > 0 else first - width + 1
        columns = slice(max(left, 0), min(left + width, WIDTH))
        skipped = columns.start - left if side > 0 else left + width - columns.stop
        inner = (
            slice(rows.start - top, rows.stop - top),
            slice(skipped, skipped + columns.stop - columns.start),
        )
        self._views.append((canvas.pixels[:, rows, columns][..., ::side], inner))

    def finish(self) -> None:
        """Bring the layers onto the canvases, as far as these reach."""
        shown, paint = self.merged()
        for cell, (view, inner) in enumerate(self._views):
            view *= shown[cell][inner]
            view += paint[cell][:, *inner]
