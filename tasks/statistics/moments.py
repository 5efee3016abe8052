"""Moments of a set of points that can be merged, so that one pass over blocks in any split gives the whole's.

Beside mean and scatter two higher sums are carried, which Ledoit and Wolf's shrinkage needs and which would
otherwise cost a second pass.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.statistics.loops import extent, subtract_mean

Floats = npt.NDArray[np.float64]

SLICE = 512
"""Rows that are worked on at a time, so that what is made of them stays in the processor's cache; and in memory taken
once, since new memory costs more than the arithmetic in it."""


@dataclass(frozen=True)
class Moments:
    """Moments of ``count`` points in d dimensions; y = z − mean.

    mean, minimum, maximum: (d,) float64; scatter: (d, d) Σ y yᵀ; cubic: (d,) Σ |y|² y; quartic: () Σ |y|⁴.
    """

    count: npt.NDArray[np.int64]
    mean: Floats
    scatter: Floats
    cubic: Floats
    quartic: Floats
    minimum: Floats
    maximum: Floats

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """The fields as named arrays, to be stored."""
        return {f"{prefix}{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: dict[str, npt.NDArray[Any]], prefix: str) -> Moments:
        """The inverse of ``arrays``."""
        return cls(**{field.name: arrays[f"{prefix}{field.name}"] for field in fields(cls)})

    @property
    def varies(self) -> npt.NDArray[np.bool_]:
        """(d,) bool: which components are not constant, that is, have a variance above 1e-12 of the largest."""
        variance = np.diagonal(self.scatter)
        return np.asarray((variance > 1e-12 * variance.max(initial=0.0)) & (self.minimum < self.maximum))

    def covariance(self) -> Floats:
        """(d, d) with ddof 1; exactly zero for components that have one value only.

        Raises ``ValueError`` for fewer than two points.
        """
        if self.count < 2:
            raise ValueError(f"a covariance needs at least 2 points, there are {self.count}")
        covariance = self.scatter / (self.count - 1)
        single = self.minimum == self.maximum
        covariance[single] = 0.0
        covariance[:, single] = 0.0
        return covariance


def no_moments(components: int) -> Moments:
    """The moments of no points at all: the neutral element of ``merge``."""
    zeros = np.zeros(components)
    return Moments(
        count=np.asarray(0, np.int64),
        mean=zeros,
        scatter=np.zeros((components, components)),
        cubic=zeros,
        quartic=np.asarray(0.0),
        minimum=np.full(components, np.inf),
        maximum=np.full(components, -np.inf),
    )


def moments_of(z: npt.NDArray[np.floating[Any]]) -> Moments:
    """Moments, in float64, of the points ``z`` (n, d), by two sweeps over the array in memory."""
    if len(z) == 0:
        return no_moments(z.shape[1])
    minimum, maximum, total = np.empty((3, z.shape[1]))
    extent(z, minimum, maximum, total)
    # A mean of equal values must be that value, not its neighbour in floating point.
    mean = np.where(minimum == maximum, minimum, total / len(z))
    scatter, cubic, quartic = np.zeros((z.shape[1], z.shape[1])), np.zeros(z.shape[1]), 0.0
    memory = np.empty((min(len(z), SLICE), z.shape[1]))
    for start in range(0, len(z), SLICE):
        rows = z[start : start + SLICE]
        y = memory[: len(rows)]
        subtract_mean(rows, mean, y)
        squares = np.vecdot(y, y)
        scatter += y.T @ y
        cubic += squares @ y
        quartic += float(squares @ squares)
    return Moments(
        count=np.asarray(len(z), np.int64),
        mean=mean,
        scatter=scatter,
        cubic=cubic,
        quartic=np.asarray(quartic),
        minimum=minimum,
        maximum=maximum,
    )


def _about(part: Moments, mean: Floats) -> tuple[Floats, Floats]:
    """Σ |y|² y and Σ |y|⁴ of ``part`` about another ``mean``, by expanding y + shift with Σ y = 0."""
    shift = part.mean - mean
    length = shift @ shift
    total = np.trace(part.scatter)
    turned = part.scatter @ shift
    cubic = part.cubic + total * shift + 2 * turned + part.count * length * shift
    quartic = (
        part.quartic
        + 4 * (part.cubic @ shift)
        + 4 * (shift @ turned)
        + 2 * total * length
        + part.count * length * length
    )
    return cubic, np.asarray(quartic)


def merge(first: Moments, second: Moments) -> Moments:
    """Moments of both sets together (Chan, Golub & LeVeque 1979, eq. 2.1, for vectors)."""
    if first.count == 0:
        return second
    if second.count == 0:
        return first
    count = first.count + second.count
    difference = second.mean - first.mean
    mean = first.mean + difference * (second.count / count)
    cubic, quartic = _about(first, mean)
    other_cubic, other_quartic = _about(second, mean)
    spread = np.outer(difference, difference) * (first.count * (second.count / count))
    return Moments(
        count=np.asarray(count),
        mean=mean,
        scatter=first.scatter + second.scatter + spread,
        cubic=cubic + other_cubic,
        quartic=quartic + other_quartic,
        minimum=np.minimum(first.minimum, second.minimum),
        maximum=np.maximum(first.maximum, second.maximum),
    )
