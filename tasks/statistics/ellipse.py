"""Confidence ellipses of two components."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Ellipse(NamedTuple):
    """centre: (2,); semi_axes: (2,), longer first; angle: of the longer one against the first axis, in (−π/2, π/2]."""

    centre: Floats
    semi_axes: Floats
    angle: float

    def outline(self, points: int = 200) -> Floats:
        """(points, 2): the closed curve, first point repeated at the end."""
        turn = np.linspace(0.0, 2 * np.pi, points)
        along, across = self.semi_axes[0] * np.cos(turn), self.semi_axes[1] * np.sin(turn)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.asarray(self.centre + np.stack([along * cos - across * sin, along * sin + across * cos], axis=1))


def ellipse_radius(probability: float) -> float:
    """Mahalanobis radius that holds ``probability`` of a 2-D normal distribution: sqrt(−2 ln(1 − P))."""
    if not 0 < probability < 1:
        raise ValueError(f"a probability lies between 0 and 1, not {probability}")
    return float(np.sqrt(-2 * np.log1p(-probability)))


def confidence_ellipse(mean: Floats, covariance: Floats, probability: float) -> Ellipse:
    """Ellipse of a pair with ``mean`` (2,) and ``covariance`` (2, 2) that holds ``probability`` of a normal pair."""
    values, vectors = np.linalg.eigh(covariance)
    semi_axes = ellipse_radius(probability) * np.sqrt(np.maximum(values[::-1], 0.0))
    x, y = vectors[:, 1]
    angle = np.arctan2(y, x)
    if angle <= -np.pi / 2:
        angle += np.pi
    elif angle > np.pi / 2:
        angle -= np.pi
    return Ellipse(np.asarray(mean, np.float64), semi_axes, float(angle))
