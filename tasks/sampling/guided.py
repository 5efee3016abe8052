"""Points with the attributes that are asked for, by a learned flow with guidance; a training of minutes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tasks.compute.progress import Progress, no_progress
from tasks.sampling.conditioned import LinearNormal
from tasks.sampling.labels import Asked, Labels, load_labels
from tasks.sampling.learned import learned_from, whitened
from tasks.sampling.points import Points, load_points
from tasks.sampling.sampler import generator

if TYPE_CHECKING:
    from tasks.sampling.learning.fit import Curve, Training

log = logging.getLogger("latentfaces")

Float64 = npt.NDArray[np.float64]

WIDTH, DEPTH, DROPOUT = 256, 3, 0.1
"""Units of each hidden layer, residual blocks, and the share of units left out at each step of the fit."""

EPOCHS, STEPS, BATCH, RATE, DECAY = 300, 4000, 256, 2e-3, 0.01
"""Passes through the points and steps of the fit at most, points a step, largest learning rate, weight decay."""

FLOW_STEPS = 20
"""Steps in which a point is moved from noise to its place."""

MOMENTS_OF, KEPT = 2000, 0.999
"""Draws that the moments are taken of, and the share of them that counts, the innermost."""


class GuidedFlow:
    """A flow given attributes, fitted from a ``seed``; draws have the moments that ``LinearNormal`` gives a group.

    As it was learned, the cloud of a group lies too close to that of all points: on synthetic faces its faces showed
    what was asked for less often, and were farther from the group's, than those of a normal distribution. With the
    group's moments they are nearer.
    """

    def __init__(self, points: Points, labels: Labels, seed: int = 0) -> None:
        from tasks.sampling.learning.guided import GuidedVelocity

        self.points, self.labels, self._seed = points, labels, seed
        attributes = labels.value.shape[1]
        self._network = GuidedVelocity(points.axes.shape[1], attributes, WIDTH, DEPTH, DROPOUT, seed)
        self._linear = LinearNormal(points, labels)
        self._moves: dict[tuple[tuple[str, int], ...], tuple[Float64, Float64]] = {}

    def learn(
        self, folder: Path | None, progress: Progress = no_progress, training: Training | None = None
    ) -> dict[str, Any]:
        """Fit, or load the fit that ``folder`` holds, and return its curve; killed, it continues with the same bits."""
        import torch

        from tasks.sampling.learning.fit import Training, fit_or_load

        training = training or Training(EPOCHS, STEPS, BATCH, RATE, DECAY, keep_moments=False)
        learned = learned_from(self.points)
        rows = np.hstack([whitened(self.points, learned), self.labels.value[learned].astype(np.float32)])
        curve: Curve = fit_or_load(self._network, torch.from_numpy(rows), training, self._seed, folder, progress)
        return curve.facts()

    def draw(
        self, rng: np.random.Generator, count: int, asked: Asked, guidance: float = 1.0
    ) -> npt.NDArray[np.float32]:
        """Draw z (count, d) float32 with what is ``asked``; ``guidance`` above 1 goes beyond what was learned of it.

        Raises ``InputError`` as ``Labels.group`` does.
        """
        key = tuple(sorted(asked.items()))
        if key not in self._moves:
            self._moves[key] = self._move(asked)
        slope, offset = self._moves[key]
        w = self._flow(rng, count, asked, guidance)
        return self.points.colour(w @ slope + offset).astype(np.float32)

    def _flow(self, rng: np.random.Generator, count: int, asked: Asked, guidance: float) -> Float64:
        wanted = np.zeros(len(self.labels.names), np.float32)
        for name, value in asked.items():
            wanted[self.labels.names.index(name)] = value
        return self._network.draw_given(rng, count, wanted, guidance, FLOW_STEPS).astype(np.float64)

    def _move(self, asked: Asked) -> tuple[Float64, Float64]:
        """The affine map w ↦ w·slope + offset that gives draws without guidance the moments of the group.

        Of all such maps the one that moves normal draws least (Dowson & Landau 1982).
        """
        mean, covariance = self._linear.moments(asked)
        words = [f"{name}={value}" for name, value in sorted(asked.items())]
        w = self._flow(generator(0, "moments", *words), MOMENTS_OF, asked, 1.0)
        radius = np.linalg.norm(w - w.mean(axis=0), axis=1)
        w = w[radius <= np.quantile(radius, KEPT)]
        root, inverse = _roots(np.atleast_2d(np.cov(w, rowvar=False)))
        slope = inverse @ _roots(root @ covariance @ root)[0] @ inverse
        return slope, mean - w.mean(axis=0) @ slope


def _roots(covariance: Float64) -> tuple[Float64, Float64]:
    """The symmetric square root of a covariance (r, r) of full rank, and its inverse."""
    value, vector = np.linalg.eigh(covariance)
    root = np.sqrt(np.maximum(value, np.finfo(np.float64).eps * value.max()))
    return (vector * root) @ vector.T, (vector / root) @ vector.T


def fit_guided(
    dataset: Path, latents: Path, statistics: Path, seed: int, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Fit the flow of a study and keep it in ``out``. Raises ``InputError`` if the data set has no attributes."""
    flow = GuidedFlow(load_points(dataset, latents, statistics), load_labels(dataset), seed)
    facts = flow.learn(out, progress)
    if facts["diverged"]:
        log.warning("the flow given attributes diverged: what it had learned before is kept")
    return {"rounds": len(facts["curve"]), "best": facts["best"], "diverged": facts["diverged"]}
