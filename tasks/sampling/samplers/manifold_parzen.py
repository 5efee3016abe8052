"""Real points moved along the structure of their neighbourhood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.sampling.about import POINTS, Question
from tasks.sampling.form import WITH_POINTS, Form
from tasks.sampling.sampler import Level, Sampler, SamplerConfig, swept

if TYPE_CHECKING:
    from tasks.sampling.facts import Facts

NEIGHBOURS = """i = rng.integers(0, len(a["point"]), n)
noise = rng.standard_normal(a["neighbour"][i].shape) * (a["bandwidth"] / a["neighbour"].shape[1] ** 0.5)
z = a["point"][i] + np.einsum("nk,nkd->nd", noise, a["point"][a["neighbour"][i]] - a["point"][i][:, None])"""


class ManifoldParzenConfig(SamplerConfig):
    """Levels of the neighbourhood and of the noise."""

    k: tuple[Annotated[int, Field(ge=1, le=10_000)], ...] = swept(
        (10, 30), usual=30, description="Number of nearest other training points that shape the noise about a point."
    )
    bandwidth: tuple[Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)], ...] = swept(
        (0.5, 1.0), usual=1.0, description="Factor of the standard deviation of the noise."
    )


class ManifoldParzen(Sampler[ManifoldParzenConfig]):
    """A random training point plus noise shaped like its nearest neighbours (Vincent & Bengio 2003).

    The noise bandwidth·k^(−1/2)·Σ_j g_j (x_j − x) with normal g_j has bandwidth² times the second moment
    of the k neighbours x_j *about the point* x, without forming that (d, d) matrix.
    """

    config_model = ManifoldParzenConfig
    order = 12
    kept = POINTS
    question = Question(
        "local_structure",
        15,
        "multivariate_normal",
        "Local structure matters: noise shaped by a point's neighbours beats one normal distribution for all.",
        "Local structure does not help: one normal distribution beats noise shaped by a point's neighbours.",
        "No evidence that local structure helps beyond one normal distribution.",
        section="neighbourhoods",
    )

    def attainable(self, level: Level) -> Level:
        """At most as many neighbours as there are."""
        return {**level, "k": min(level["k"], len(self.points.z_train) - 1)}

    def limit(self) -> str:
        """How many neighbours there are."""
        return f"a training point has {len(self.points.z_train) - 1} others"

    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d)."""
        k, z = int(level["k"]), self.points.z_train
        rows = rng.integers(0, len(z), count)
        normal = rng.standard_normal((count, k)) * (level["bandwidth"] / np.sqrt(k))
        point = z.take(rows).astype(np.float64)
        drawn = np.empty(point.shape, np.float32)
        for near in self.points.neighbours.others(rows, k):
            block = near.queries
            toward = near.points - point[block, None]
            drawn[block] = point[block] + np.einsum("nk,nkd->nd", normal[block], toward)
        return drawn

    def form(self, level: Level) -> Form:
        """The points, their neighbours, and the bandwidth."""
        z = self.points.z_train.all()
        near = self.points.neighbours.others(np.arange(len(z)), int(level["k"]))
        neighbour = np.concatenate([block.rows for block in near]).astype(np.int32)
        bandwidth = np.array(level["bandwidth"], np.float64)
        arrays: dict[str, npt.NDArray[Any]] = {"point": z, "neighbour": neighbour, "bandwidth": bandwidth}
        return Form("neighbours", arrays, NEIGHBOURS, WITH_POINTS)

    @classmethod
    def units(cls, facts: Facts) -> str:
        """A count, and a factor."""
        return "k is the number of neighbours that shape the noise; bandwidth = 1 is noise as wide as they lie apart."
