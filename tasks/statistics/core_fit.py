"""The core's location and scatter as the analyse stage keeps them, or the reason why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core import core_share_of_normal, robust_location_scatter
from tasks.statistics.covariance import POINTS_PER_COMPONENT, whitening_factor

Floats = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class CoreFit:
    """location: (v,), factor: (v, v) of the inverse robust scatter, over the v components that vary; None if undefined.

    points: used for it; steps: concentration steps; share_of_normal: what the procedure keeps of a normal sample.
    """

    location: Floats | None
    factor: Floats | None
    points: int
    steps: int
    share_of_normal: float
    reason: str

    def arrays(self) -> Arrays:
        """As named arrays, to be kept; absent ones are absent."""
        stored: Arrays = {
            "numbers": np.asarray([self.points, self.steps, self.share_of_normal]),
            "reason": np.frombuffer(self.reason.encode(), np.uint8),
        }
        if self.location is not None and self.factor is not None:
            stored |= {"location": self.location, "factor": self.factor}
        return stored

    @classmethod
    def of_arrays(cls, stored: Arrays) -> CoreFit:
        """The inverse of ``arrays``."""
        points, steps, share = stored["numbers"]
        reason = stored["reason"].tobytes().decode()
        return cls(stored.get("location"), stored.get("factor"), int(points), int(steps), float(share), reason)


def undefined_core(reason: str) -> CoreFit:
    """No core, because of ``reason``."""
    return CoreFit(None, None, 0, 0, float("nan"), reason)


def fit_core(sample: Floats, count: int, config: AnalyseConfig) -> CoreFit:
    """Robust location and scatter from ``sample`` (m, v), drawn from ``count`` training points."""
    points, components = sample.shape
    if count <= POINTS_PER_COMPONENT * components:
        return undefined_core(
            f"{count} training points are not more than {POINTS_PER_COMPONENT} for each of {components} components"
        )
    try:
        robust = robust_location_scatter(sample, config.core_fraction, config.core_probability)
        factor = whitening_factor(robust.scatter)
    except (ValueError, np.linalg.LinAlgError) as error:
        return undefined_core(str(error))
    share = core_share_of_normal(points, components, config.core_fraction, config.core_probability, config.seed)
    return CoreFit(robust.location, factor, points, robust.steps, share, "")
