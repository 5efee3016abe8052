"""The main axes that matter most, and nothing along the others."""

from __future__ import annotations

import logging
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

log = logging.getLogger("latentfaces")


class PcaTruncatedConfig(SamplerConfig):
    """Levels of the truncated draw."""

    k: tuple[Annotated[int, Field(ge=1, le=100_000)], ...] = swept(
        (8, 32), usual=32, description="leading main axes along which points are drawn"
    )


class PcaTruncated(Sampler[PcaTruncatedConfig]):
    """Normal along the first k main axes, at the mean along the others: N(m, V_k·Λ_k·V_kᵀ)."""

    config_model = PcaTruncatedConfig
    order = 8

    def affordable(self, k: int) -> int:
        """``k``, or as many axes as the points have."""
        return min(k, int(self.points.axes.shape[1]))

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        k = self.affordable(int(level["k"]))
        if k < level["k"]:
            log.warning("pca_truncated: the points have only %d main axes, k=%d is not possible", k, level["k"])
        axes = self.points.axes[:, :k]
        return (self.points.mean + rng.standard_normal((count, k)) @ axes.T).astype(np.float32)

    def facts(self) -> dict[str, Any]:
        """How many axes each k really takes, and their share of the variance."""
        variance = np.square(self.points.axes).sum(axis=0)
        taken = {f"k={k}": self.affordable(k) for k in self.config.k}
        share = {label: float(variance[:k].sum() / variance.sum()) for label, k in taken.items()}
        return {"axes_taken": taken, "variance_share": share}
