"""The correction of a point by what its nearest neighbours say, where a sampler offers one."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from tasks.exploring.opened import OpenedStudy
from tasks.sampling.registry import correcting
from tasks.sampling.sampler import Level

STEPS = 20
"""Strengths between 0 and 1 that are told apart: each has a map of its own, which is measured once and kept."""


@runtime_checkable
class Corrects(Protocol):
    """A sampler that can move any points, not only those it draws."""

    def correct(self, z: npt.NDArray[np.float32], level: Level) -> npt.NDArray[np.float32]:
        """``z`` (n, d) moved as far as ``level`` says."""


def correction_of(study: OpenedStudy) -> Corrects | None:
    """What corrects points in this study, or None where there is no such sampler."""
    name = correcting()
    sampler = study.fitted(name) if name else None
    return sampler if isinstance(sampler, Corrects) else None


def corrected(study: OpenedStudy, z: npt.NDArray[np.float32], strength: float) -> npt.NDArray[np.float32]:
    """``z`` (n, d) corrected with ``strength``, rounded to a twentieth; the sampler's other parameters as usual."""
    correction = correction_of(study)
    if correction is None:
        return z
    return correction.correct(z, {**study.parameters(correcting()), "strength": round(strength * STEPS) / STEPS})
