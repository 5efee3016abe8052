"""The base of samplers whose fit is a training: done once, in the sample stage, and kept beside the samples."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tasks.compute.progress import Progress, no_progress
from tasks.compute.subsets import evenly
from tasks.sampling.about import Kept
from tasks.sampling.points import Points
from tasks.sampling.sampler import ConfigT, Sampler, SamplerConfig, generator

if TYPE_CHECKING:
    from tasks.sampling.learning.fit import Curve, Learner

Float32 = npt.NDArray[np.float32]

BLOCK = 16_384
"""Points whitened together; bounds the memory."""

MOST = 500_000
"""Training points at most that a network learns from, evenly spaced: its steps would hardly see more."""

WEIGHTS = Kept("the weights of a network", lambda points, components, level: 0)


class LearnedConfig(SamplerConfig):
    """Network and training; a sampler of its own defaults."""

    width: int = Field(256, ge=1, le=8192, description="Units of each hidden layer.")
    depth: int = Field(3, ge=1, le=64, description="Residual blocks, transforms or hidden layers, one after another.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of hidden units left out at each step of the fit.")
    epochs: int = Field(100, ge=1, le=100_000, description="Passes through the training points, at most.")
    fit_steps: int = Field(4000, ge=1, le=10_000_000, description="Steps of the fit, at most, however many points.")
    batch_size: int = Field(256, ge=1, le=1_000_000, description="Points per step of the fit.")
    learning_rate: float = Field(2e-3, gt=0, le=1, allow_inf_nan=False, description="Largest learning rate.")
    keep_moments: bool = Field(
        True,
        description="Whether draws keep the training points' mean and covariance; as learned, they lie too close "
        "together.",
    )
    weight_decay: float = Field(0.01, ge=0, le=10, allow_inf_nan=False, description="Weight decay of AdamW.")


class LearnedSampler(Sampler[ConfigT]):
    """A sampler that trains a network on the whitened training points, on the CPU.

    Early stopping looks at training points that are left out of the fit, never at held-out images.
    """

    learned: ClassVar[bool] = True
    kept = WEIGHTS
    rung = (3, "learned structure")

    network: Any
    """The fitted network; there after ``learn``."""

    curve: Curve

    @abstractmethod
    def build(self, axes: int, seed: int) -> Learner:
        """The network of so many whitened coordinates, initialized by ``seed``."""

    def learn(self, folder: Path | None = None, progress: Progress = no_progress) -> None:
        """Fit, or load the fit that ``folder`` holds; killed and called again, it continues with the same bits."""
        import torch

        from tasks.sampling.learning.fit import Training, fit_or_load

        settings = self.config
        assert isinstance(settings, LearnedConfig)
        seed = int(generator(self.seed, type(self).__name__).integers(2**31))
        self.network = self.build(self.points.axes.shape[1], seed)
        training = Training(
            settings.epochs,
            settings.fit_steps,
            settings.batch_size,
            settings.learning_rate,
            settings.weight_decay,
            settings.keep_moments,
        )
        w = torch.from_numpy(whitened(self.points, learned_from(self.points)))
        self.curve = fit_or_load(self.network, w, training, seed, folder, progress)

    def facts(self) -> dict[str, Any]:
        """``curve``: the rounds of the fit; ``best``: the number of the one kept; whether it ``diverged``."""
        return self.curve.facts()

    def placed(self, w: Float32) -> Float32:
        """The points (n, d) of whitened coordinates ``w`` (n, r) as they were learned."""
        return self.points.colour(self.network.moved(w).astype(np.float64)).astype(np.float32)

    def learned_coordinates(self, z: npt.NDArray[np.float64]) -> tuple[Float32, float]:
        """The coordinates (n, r) that ``z`` (n, d) is ``placed`` from; the log determinant of the way there."""
        w, change = self.network.moved_back(self.points.whiten(z))
        return w, change - self.points.log_volume

    @property
    def _has_density(self) -> bool:
        return self.points.spans and not self.curve.diverged


def learned_from(points: Points) -> npt.NDArray[np.int64]:
    """The training points, by their rows, that a network learns from."""
    return evenly(len(points.z_train), MOST)


def whitened(points: Points, rows: npt.NDArray[np.integer[Any]]) -> Float32:
    """The training points ``rows`` (n,) in whitened coordinates, (n, r) float32."""
    w = np.empty((len(rows), points.axes.shape[1]), np.float32)
    for start in range(0, len(w), BLOCK):
        w[start : start + BLOCK] = points.whiten(points.z_train.take(rows[start : start + BLOCK]))
    return w


def noise(rng: np.random.Generator, count: int, axes: int) -> Float32:
    """Standard normal numbers (count, axes)."""
    return rng.standard_normal((count, axes)).astype(np.float32)
