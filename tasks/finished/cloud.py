"""What a finished study knows of its points, with or without the images that they were encoded from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array
from storage.files import read_json
from tasks.finished.samples import SampleSet
from tasks.sampling.points import Points, load_points


class CloudStudy:
    """Points, their statistics and what was drawn; whatever is asked for is read then, and kept.

    dataset: the folder with names and partition; latents: that with the points; samples: a folder per sampler.
    """

    def __init__(self, dataset: Path, latents: Path, statistics: Path, samples: Mapping[str, Path]) -> None:
        self.dataset, self.latents, self.statistics = dataset, latents, statistics
        self._samples = samples

    @cached_property
    def samples(self) -> dict[str, SampleSet]:
        """What was drawn, by sampler in the order given."""
        return {name: SampleSet(name, folder) for name, folder in self._samples.items()}

    @cached_property
    def images(self) -> zarr.Group:
        """The open ``images.zarr``."""
        return open_complete(self.dataset / "images.zarr")

    @cached_property
    def partition(self) -> npt.NDArray[np.int8]:
        """(image,) int8: 0 train, 1 validation, 2 test."""
        return np.asarray(read_array(self.images, "partition"), np.int8)

    @cached_property
    def names(self) -> list[str]:
        """The file name of every image; its number where the data have none."""
        if "name" not in self.images:
            return [str(row) for row in range(len(self.partition))]
        return [str(name) for name in read_array(self.images, "name")]

    @cached_property
    def attribute_names(self) -> list[str]:
        """The data's attributes; empty where it has none."""
        if "attribute_name" not in self.images:
            return []
        return [str(name) for name in read_array(self.images, "attribute_name")]

    @cached_property
    def latent_group(self) -> zarr.Group:
        """The open ``latents.zarr``."""
        return open_complete(self.latents / "latents.zarr")

    @cached_property
    def z(self) -> npt.NDArray[np.float32]:
        """The latent point of every image, in the order of the data set: (image, component) float32."""
        z: npt.NDArray[np.float32] = read_array(self.latent_group, "z")
        return z

    @cached_property
    def points(self) -> Points:
        """The training points and every array of the statistics: what samplers are fitted on."""
        return load_points(self.dataset, self.latents, self.statistics)

    @cached_property
    def statistics_group(self) -> zarr.Group:
        """The open ``statistics.zarr``."""
        return open_complete(self.statistics / "statistics.zarr")

    def statistic(self, name: str) -> npt.NDArray[Any] | None:
        """An array of the statistics; None where it is undefined for this data."""
        return read_array(self.statistics_group, name) if name in self.statistics_group else None

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The scalars of the statistics."""
        return dict(read_json(self.statistics / "summary.json"))

    @property
    def dimension(self) -> int:
        """Components of the latent space."""
        return int(self.summary["components"])

    def level(self, sampler: str, label: str) -> int | None:
        """The index of a level of a sampler; None where the samples do not have it."""
        labels = self.samples[sampler].labels if sampler in self.samples else []
        return labels.index(label) if label in labels else None
