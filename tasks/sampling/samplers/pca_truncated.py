"""The main axes that matter most, and nothing along the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import MOMENTS
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, level_label, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts


class PcaTruncatedConfig(SamplerConfig):
    """Levels of the truncated draw."""

    k: tuple[Annotated[int, Field(ge=1, le=100_000)], ...] = swept(
        (8, 32), usual=32, description="Number of leading main axes along which points are drawn."
    )


class PcaTruncated(Sampler[PcaTruncatedConfig]):
    """Normal along the first k main axes, at the mean along the others: N(m, V_k·Λ_k·V_kᵀ)."""

    config_model = PcaTruncatedConfig
    order = 8
    kept = MOMENTS

    def attainable(self, level: Level) -> Level:
        """At most as many axes as the points have."""
        return {"k": min(level["k"], self.points.axes.shape[1])}

    def limit(self) -> str:
        """How many main axes there are."""
        count = self.points.axes.shape[1]
        return f"the training points have {count} main {'axis' if count == 1 else 'axes'}"

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        axes = self.points.axes[:, : level["k"]]
        return (self.points.mean + rng.standard_normal((count, axes.shape[1])) @ axes.T).astype(np.float32)

    def facts(self) -> dict[str, Any]:
        """The share of the variance along the axes of each level."""
        variance = np.square(self.points.axes).sum(axis=0)
        share = {level_label(level): float(variance[: level["k"]].sum() / variance.sum()) for level in self.levels()}
        return {"variance_share": share}

    @classmethod
    def units(cls, facts: Facts) -> str:
        """Axes, and the variance along them."""
        held = facts.each("variance_share", lambda label, share: f"{label} hold {facts.percent(share)} of the variance")
        return f"k is a number of main axes{f': {held}' if held else ''}."
