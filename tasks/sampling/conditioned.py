"""Points with the attributes that are asked for, from the joint distribution of points and attributes.

Given *all* of its attributes a point is normal: its mean is moved by a linear regression on the attributes, its
covariance is that of the residuals. The attributes that are not asked for are those of a random training point that has
the asked ones, so that a group keeps what goes with its attributes. Where the asked group differs from what all points
say, regression, mean and covariance are the group's own, as far as its size allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tasks.compute.subsets import evenly
from tasks.sampling.labels import Asked, Labels
from tasks.sampling.learned import BLOCK, whitened
from tasks.sampling.points import Points, scaled_axes

Float64 = npt.NDArray[np.float64]

MOST = 50_000
"""About so many points of a group are looked at, evenly spaced: more tell no more, and take memory."""


class LinearNormal:
    """Normal distributions given attributes, in whitened coordinates.

    Attributes are counted about the mean of each, and are 0 where unknown.
    """

    def __init__(self, points: Points, labels: Labels) -> None:
        self.points, self.labels = points, labels
        known = (labels.value != 0).sum(axis=0)
        self._mean = labels.value.sum(axis=0, dtype=np.int64) / np.maximum(known, 1)

    @cached_property
    def slope(self) -> Float64:
        """The regression of w on the attributes (a, r); one that is unknown counts as its mean.

        A ridge of one point keeps attributes that always go together, or that never vary, from being a division by
        zero.
        """
        attributes = len(self._mean)
        gram, together = np.eye(attributes), np.zeros((attributes, self.points.axes.shape[1]))
        for value, w in self.blocks():
            gram += value.T @ value
            together += value.T @ w
        return np.asarray(np.linalg.solve(gram, together))

    @cached_property
    def axes(self) -> Float64:
        """Scaled principal axes of the residuals of all training points, (r, q)."""
        residuals = (w - value @ self.slope for value, w in self.blocks())
        covariance = np.asarray(sum(one.T @ one for one in residuals)) / (len(self.labels.value) - 1)
        return scaled_axes(covariance, np.diag(covariance) > 0)

    def _value(self, rows: slice | npt.NDArray[np.integer]) -> Float64:
        """The attributes of the training points ``rows``, (n, a)."""
        value = self.labels.value[rows]
        return np.where(value != 0, value - self._mean, 0.0)

    def blocks(self) -> Iterator[tuple[Float64, npt.NDArray[np.float32]]]:
        """Attributes and whitened coordinates of all training points, some after the other."""
        for first, block in self.points.z_train.blocks():
            for start in range(0, len(block), BLOCK):
                part = block[start : start + BLOCK]
                rows = slice(first + start, first + start + len(part))
                yield self._value(rows), self.points.whiten(part).astype(np.float32)

    def draw(self, rng: np.random.Generator, count: int, asked: Asked) -> npt.NDArray[np.float32]:
        """Draw z (count, d) float32 with what is ``asked``. Raises ``InputError`` as ``Labels.group`` does."""
        expected, root = self._of_group(self.labels.group(asked))
        noise = rng.standard_normal((count, root.shape[1])) @ root.T
        return self.points.colour(expected[rng.integers(len(expected), size=count)] + noise).astype(np.float32)

    def moments(self, asked: Asked) -> tuple[Float64, Float64]:
        """Mean (r,) and covariance (r, r) of draws with what is ``asked``, in whitened coordinates."""
        expected, root = self._of_group(self.labels.group(asked))
        return expected.mean(axis=0), np.atleast_2d(np.cov(expected, rowvar=False, ddof=0)) + root @ root.T

    def _of_group(self, group: npt.NDArray[np.bool_]) -> tuple[Float64, Float64]:
        """Means (n, r) of a group's points given their attributes, and a root (r, q) of the covariance about them.

        Slope, mean and covariance are the group's own, shrunk toward those of all points: the slope by a ridge of one
        point for each attribute; the mean by James & Stein 1961, its positive part; the covariance by Ledoit & Wolf
        2004, in the coordinates in which that of all residuals is the identity.
        """
        from sklearn.covariance import ledoit_wolf  # takes as long to import as a study takes to open

        rows = np.flatnonzero(group)
        rows = rows[evenly(len(rows), MOST)]
        value, w = self._value(rows), whitened(self.points, rows)
        expected = value @ self.slope
        mean, value = (w - expected).mean(axis=0), value - value.mean(axis=0)
        gram = value.T @ value + value.shape[1] * np.eye(value.shape[1])
        expected = expected + value @ np.linalg.solve(gram, value.T @ (w - expected))
        residual = w - expected - mean
        noise = residual.var(axis=0, ddof=1).sum() / len(residual)
        mean = mean * max(0.0, 1 - noise / max(float(mean @ mean), np.finfo(np.float64).tiny))
        length = np.linalg.norm(self.axes, axis=0)
        covariance, _ = ledoit_wolf(residual @ (self.axes / length**2), assume_centered=True)
        variance, vector = np.linalg.eigh(np.atleast_2d(covariance))
        # The symmetric root, so that the same noise makes nearly the same face for every group.
        return expected + mean, self.axes @ (vector * np.sqrt(np.maximum(variance, 0.0))) @ vector.T
