"""The one reader of a finished study."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array, read_rows
from storage.columns import read_columns
from storage.files import read_json
from tasks.assessment.tables import read_cautions
from tasks.finished.artifacts import Artifacts
from tasks.finished.likelihoods import Likelihoods, read_likelihoods
from tasks.finished.numbers import Numbers
from tasks.finished.samples import SampleSet
from tasks.finished.scores import Criterion, ScoreTable, criterion_of, read_table, read_values
from tasks.finished.verdict import Verdict, read_verdict
from tasks.ingestion.partition import TRAIN
from tasks.sampling.points import Points, load_points
from tasks.training.registry import FAMILIES

Floats = npt.NDArray[np.floating[Any]]


class Study:
    """A finished study; whatever is asked for is read then, and kept."""

    def __init__(self, artifacts: Artifacts) -> None:
        self.artifacts = artifacts
        self.dataset, self.model = artifacts.dataset, artifacts.model
        self.latents, self.statistics = artifacts.latents, artifacts.statistics

    @property
    def features(self) -> Path:
        """The folder of the feature network. Raises ``InputError`` if nothing was scored yet."""
        return self.artifacts.scored("features")

    @cached_property
    def samples(self) -> dict[str, SampleSet]:
        """What was drawn, by sampler in the order given."""
        return {name: SampleSet(name, folder) for name, folder in self.artifacts.samples.items()}

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

    def photographs(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.uint8]:
        """Images of the data set (n, h, w, 3) uint8."""
        image = self.images["image"]
        assert isinstance(image, zarr.Array)
        return np.asarray(read_rows(image, rows), np.uint8)

    @cached_property
    def skipped(self) -> dict[str, list[str]]:
        """Names and reasons of files that could not be used."""
        return read_columns(self.dataset / "skipped.csv")

    @cached_property
    def warnings(self) -> list[str]:
        """What the ingestion had to say."""
        return read_columns(self.dataset / "warnings.csv").get("warning", [])

    @cached_property
    def network(self) -> dict[str, Any]:
        """The autoencoder's configuration."""
        return dict(read_json(self.model / "autoencoder.json"))

    @property
    def family(self) -> str:
        """What kind of autoencoder it is, in words."""
        return FAMILIES.named(str(self.network.get("family", "ae"))).title

    @cached_property
    def pca_baseline(self) -> dict[str, Any]:
        """Held-out errors of the autoencoder and of a PCA with as many components; empty where not measured."""
        path = self.model / "yardstick.json"
        return dict(read_json(path)) if path.exists() else {}

    @cached_property
    def feature_network(self) -> dict[str, Any]:
        """What the feature network is and how well it was trained."""
        return dict(read_json(self.features / "network.json"))

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

    @cached_property
    def scores(self) -> ScoreTable:
        """All scores. Raises ``InputError`` if there are none yet."""
        return read_table(self.artifacts.scored("scores") / "scores.csv")

    @cached_property
    def cautions(self) -> list[dict[str, str]]:
        """Caveats about metrics on these data."""
        return read_cautions(self.artifacts.scored("scores"))

    @cached_property
    def criterion(self) -> Criterion:
        """By which the levels of a sampler are told apart."""
        return criterion_of(self.scores)

    @cached_property
    def verdict(self) -> Verdict:
        """Which draw is recommended, or why none is. Raises ``InputError`` if nothing was scored yet."""
        return read_verdict(self.artifacts.scored("scores"), int((self.partition == TRAIN).sum()), self.dimension)

    @cached_property
    def likelihoods(self) -> Likelihoods:
        """How likely held-out points are under every density. Raises ``InputError`` if nothing was scored yet."""
        return read_likelihoods(self.artifacts.scored("scores"))

    @cached_property
    def numbers(self) -> Numbers:
        """What the findings are computed from."""
        draws = read_values(self.artifacts.scored("scores") / "draws.csv")
        facts = {name: drawn.facts for name, drawn in self.samples.items()}
        return Numbers(
            self.scores,
            self.criterion,
            self.verdict,
            self.summary,
            self.pca_baseline,
            self.dimension,
            draws,
            {name: str(found["base"]) for name, found in facts.items() if "base" in found},
            self.likelihoods,
        )

    def level(self, sampler: str, label: str) -> int | None:
        """The index of a level of a sampler; None where the samples do not have it."""
        labels = self.samples[sampler].labels if sampler in self.samples else []
        return labels.index(label) if label in labels else None
