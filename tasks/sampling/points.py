"""The training points and their statistics: all that samplers are fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.rows import StoredArrays, StoredRows
from tasks.compute.held import held
from tasks.ingestion.partition import TRAIN
from tasks.sampling.neighbours import NeighbourIndex
from tasks.stage.errors import InputError

CONSTANT = 1e-12
"""A component whose variance is below this share of the largest one counts as constant."""

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Points:
    """Training points with what the statistics stage found out about them.

    ``z_train``: (n, d) float32, in memory only where they are few; ``train_index``: (n,) int64, their rows in the
    whole data set; ``statistics``: every array of the statistics artifact by its name.
    """

    z_train: StoredRows
    train_index: npt.NDArray[np.int64]
    statistics: Mapping[str, npt.NDArray[Any]]

    @property
    def dimension(self) -> int:
        """Number of latent components d."""
        return self.z_train.shape[1]

    @property
    def mean(self) -> Float64:
        """Mean of the training points, (d,)."""
        return self.statistics["mean"]

    @property
    def covariance(self) -> Float64:
        """Covariance of the training points (ddof 1), (d, d)."""
        return self.statistics["covariance"]

    @property
    def centre(self) -> Float64:
        """Peak of every component's marginal distribution, (d,)."""
        return self.statistics["centre"]

    @property
    def half_width(self) -> Float64:
        """Half the full width at half maximum of every component's marginal distribution, (d,)."""
        return self.statistics["half_width"]

    @property
    def std(self) -> Float64:
        """Standard deviation of every component (ddof 1), (d,)."""
        return np.sqrt(np.diag(self.covariance))

    @cached_property
    def varying(self) -> npt.NDArray[np.bool_]:
        """Which components are not constant, (d,) bool."""
        variance = np.diag(self.covariance)
        return np.asarray((variance > 0) & (variance >= CONSTANT * variance.max()))

    @cached_property
    def median_radius(self) -> float:
        """Median of |z| over the training points."""
        radius = [np.linalg.norm(part.astype(np.float64), axis=1) for _, part in self.z_train.parts()]
        return float(np.median(np.concatenate(radius)))

    @cached_property
    def neighbours(self) -> NeighbourIndex:
        """Exact nearest-neighbour search among the training points (rows of ``z_train``)."""
        return NeighbourIndex(self.z_train)

    @cached_property
    def axes(self) -> Float64:
        """Principal axes scaled by their standard deviations, (d, r) with r the rank: A with A·Aᵀ = covariance.

        Where there are fewer points than components the rank is below d, and m + A·w stays in the points' span;
        rows of constant components are exactly zero.
        """
        return scaled_axes(self.covariance, self.varying)

    def whiten(self, z: npt.NDArray[np.floating[Any]]) -> Float64:
        """Whitened coordinates w = Λ^(−1/2)·Vᵀ·(z − m) of ``z`` (n, d): (n, r)."""
        length = np.linalg.norm(self.axes, axis=0)
        return np.asarray((z.astype(np.float64) - self.mean) @ (self.axes / length**2))

    @property
    def spans(self) -> bool:
        """Whether the points span the space of the varying components; elsewhere they have no density there."""
        return bool(self.axes.shape[1] == self.varying.sum())

    @property
    def log_volume(self) -> float:
        """log of the volume that a unit of the whitened coordinates has: Σ log of the axes' standard deviations."""
        return float(np.log(np.linalg.norm(self.axes, axis=0)).sum())

    def colour(self, w: Float64) -> Float64:
        """The points z = m + V·Λ^(1/2)·w (n, d) of whitened coordinates ``w`` (n, r)."""
        return np.asarray(self.mean + w @ self.axes.T)


def scaled_axes(covariance: Float64, varying: npt.NDArray[np.bool_]) -> Float64:
    """Principal axes of ``covariance`` (d, d) times their standard deviations, descending: (d, r) with r the rank.

    The largest entry of each axis is positive. Rows of components that do not vary are exactly zero.
    """
    rows = np.flatnonzero(varying)
    eigenvalue, eigenvector = np.linalg.eigh(covariance[np.ix_(rows, rows)])
    tolerance = max(len(rows), 1) * np.finfo(np.float64).eps * eigenvalue.max(initial=0.0)
    kept = np.flatnonzero(eigenvalue > tolerance)[::-1]
    axis = eigenvector[:, kept]
    axis = axis * np.sign(axis[np.abs(axis).argmax(axis=0), np.arange(len(kept))])
    axes = np.zeros((len(covariance), len(kept)))
    axes[rows] = axis * np.sqrt(eigenvalue[kept])
    return axes


@held
def load_points(dataset: Path, latents: Path, statistics: Path) -> Points:
    """Read the training points (partition 0) and their statistics from the three artifact folders.

    Raises ``InputError`` if there are fewer than two training points, or if all of them are the same.
    """
    # Here, as it loads Zarr, which a configuration does without.
    from storage.arrays import open_complete, read_array, stored_array

    partition = read_array(open_complete(dataset / "images.zarr"), "partition")
    train_index = np.flatnonzero(partition == TRAIN).astype(np.int64)
    if len(train_index) < 2:
        raise InputError(
            f"{dataset} has {len(train_index)} training images; sampling needs at least 2: add images, or change the "
            "partition"
        )
    z = StoredRows(stored_array(open_complete(latents / "latents.zarr"), "z"), train_index)
    points = Points(z, train_index, StoredArrays(open_complete(statistics / "statistics.zarr")))
    if not points.varying.any():
        raise InputError(
            f"all training points in {latents} are the same, so the autoencoder has learned nothing: train it longer, "
            "by train.epochs or, if it was adopted, where it was made"
        )
    return points
