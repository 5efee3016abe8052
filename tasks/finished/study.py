"""The one reader of a finished study."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import read_rows
from storage.columns import read_columns
from storage.files import read_json
from tasks.assessment.tables import read_cautions
from tasks.autoencoder.interface import ADOPTED
from tasks.finished.artifacts import Artifacts
from tasks.finished.cloud import CloudStudy
from tasks.finished.conditioned import Orders, read_orders
from tasks.finished.likelihoods import Likelihoods, read_likelihoods
from tasks.finished.numbers import Numbers
from tasks.finished.scores import Criterion, ScoreTable, criterion_of, read_table, read_values
from tasks.finished.verdict import Verdict, read_verdict
from tasks.ingestion.partition import TRAIN
from tasks.training.registry import FAMILIES

Floats = npt.NDArray[np.floating[Any]]


class Study(CloudStudy):
    """A finished study; whatever is asked for is read then, and kept."""

    def __init__(self, artifacts: Artifacts) -> None:
        super().__init__(artifacts.dataset, artifacts.latents, artifacts.statistics, artifacts.samples)
        self.artifacts = artifacts
        self.model = artifacts.model

    @property
    def features(self) -> Path:
        """The folder of the feature network. Raises ``InputError`` if nothing was scored yet."""
        return self.artifacts.scored("features")

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
        family = str(self.network.get("family", "ae"))
        return "model from elsewhere" if family == ADOPTED else FAMILIES.named(family).title

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
        training, adopted = int((self.partition == TRAIN).sum()), self.network.get("family") == ADOPTED
        return read_verdict(self.artifacts.scored("scores"), training, self.dimension, adopted)

    @cached_property
    def likelihoods(self) -> Likelihoods:
        """How likely held-out points are under every density. Raises ``InputError`` if nothing was scored yet."""
        return read_likelihoods(self.artifacts.scored("scores"))

    @cached_property
    def orders(self) -> Orders:
        """How well faces with attributes turned out; empty where nobody looked."""
        return read_orders(self.artifacts.conditioned)

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
            self.orders,
        )
