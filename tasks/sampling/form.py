"""Samplers as arrays and a few lines of NumPy, which draw without this project.

``a`` holds the arrays, ``rng`` is a random generator, ``n`` the number of points; the lines set ``z``, (n, d).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

NORMAL = 'z = a["mean"] + rng.standard_normal((n, a["factor"].shape[1])) @ a["factor"].T'
UNIFORM = 'z = a["centre"] + a["reach"] * rng.uniform(-1, 1, (n, len(a["centre"])))'
ONE_OF_POINTS = 'z = a["point"][rng.choice(len(a["point"]), n)]'
WITH_POINTS = "Holds the latent points of all training images."


@dataclass(frozen=True)
class Form:
    """A sampler at one level. arrays: what it needs; draw: the lines that draw; note: what a reader must know."""

    kind: str
    arrays: dict[str, npt.NDArray[Any]]
    draw: str
    note: str = ""


def normal(mean: npt.ArrayLike, factor: npt.ArrayLike) -> Form:
    """N(mean, factor·factorᵀ). mean: (d,); factor: (d, r)."""
    return Form("normal", {"mean": small(mean), "factor": small(factor)}, NORMAL)


def uniform(centre: npt.ArrayLike, reach: npt.ArrayLike) -> Form:
    """Uniform within centre ± reach, both (d,)."""
    return Form("uniform", {"centre": small(centre), "reach": small(reach)}, UNIFORM)


def small(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """``values`` as they are written to a file."""
    return np.ascontiguousarray(values, np.float32)
