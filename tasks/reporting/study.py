"""All artifacts of one study, read when asked for."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array, read_rows
from storage.files import read_json
from tasks.assessment.tables import level_words, read_cautions
from tasks.reporting.config import ReportConfig
from tasks.reporting.findings import find
from tasks.reporting.findings.finding import Finding, Numbers
from tasks.reporting.ranking import Ranking
from tasks.reporting.scores import Judge, ScoreTable, judge_of, ranked, read_table, read_values
from tasks.training.registry import FAMILIES

TRAIN, VALIDATION, TEST = 0, 1, 2
Floats = npt.NDArray[np.floating[Any]]


def read_columns(path: Path) -> dict[str, list[str]]:
    """A CSV file as columns of text; a file that is not there has none."""
    if not path.exists():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns: dict[str, list[str]] = {name: [] for name in reader.fieldnames or ()}
        for row in reader:
            for name, values in columns.items():
                values.append(row[name] or "")
    return columns


def _is_number(values: npt.NDArray[Any]) -> bool:
    return values.dtype.kind in "iuf"


def _written(value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{value:g}"


class Place(NamedTuple):
    """A level's place in a plot: its value of the main parameter, and its values of the others as text."""

    position: float
    family: str


@dataclass(frozen=True)
class SampleSet:
    """One sampler's draws at all its levels."""

    name: str
    path: Path

    @cached_property
    def group(self) -> zarr.Group:
        """The open ``samples.zarr``."""
        return open_complete(self.path / "samples.zarr")

    @cached_property
    def labels(self) -> list[str]:
        """One label a level, such as ``fact=1.0``; a sampler without levels has one, perhaps empty."""
        return [str(label) for label in read_array(self.group, "label")]

    @cached_property
    def swept(self) -> dict[str, npt.NDArray[Any]]:
        """The swept parameters that vary, each with its value at every level: (level,)."""
        names = [str(name) for name in self.group.attrs.get("parameters") or []]  # type: ignore[union-attr]
        values = {name: read_array(self.group, name) for name in names if name in self.group}
        return {name: value for name, value in values.items() if len(np.unique(value)) > 1}

    @property
    def parameter(self) -> str:
        """The swept parameter with the most values, numbers before words, or an empty string."""
        return max(
            self.swept, key=lambda name: (_is_number(self.swept[name]), len(np.unique(self.swept[name]))), default=""
        )

    def places(self) -> dict[str, Place]:
        """Where each level lies along ``parameter``; empty where nothing that is a number is swept."""
        if not self.parameter or not _is_number(self.swept[self.parameter]):
            return {}
        others = [name for name in self.swept if name != self.parameter]
        return {
            label: Place(
                float(self.swept[self.parameter][level]),
                ", ".join(f"{name}={_written(self.swept[name][level])}" for name in others),
            )
            for level, label in enumerate(self.labels)
        }

    def title(self, level: int) -> str:
        """The level's label, or words that stand for none."""
        return level_words(self.labels[level]) or "single level"

    def brief(self, level: int) -> str:
        """The level's swept parameters that vary, words without their names: ``kept, strength=0.5``."""
        parts = [
            f"{name}={_written(values[level])}" if _is_number(values) else str(values[level])
            for name, values in self.swept.items()
        ]
        return ", ".join(parts) or self.title(level)

    @cached_property
    def description(self) -> str:
        """One line on what the sampler does; empty where it does not say."""
        return str(self.group.attrs.get("description") or "")

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the sampler's fit found."""
        facts = self.group.attrs.get("facts")
        return dict(facts) if isinstance(facts, dict) else {}

    @cached_property
    def reduced(self) -> dict[str, str]:
        """The labels of configured levels that could not be had, each with the label of what was drawn instead."""
        found = self.group.attrs.get("reduced")
        return {str(asked): str(drawn) for asked, drawn in found.items()} if isinstance(found, dict) else {}

    @property
    def limit(self) -> str:
        """Why levels could not be had; empty where all could."""
        return str(self.group.attrs.get("limit") or "")

    def images(self, level: int, samples: Sequence[int] | slice) -> npt.NDArray[np.uint8]:
        """Decoded images (n, h, w, 3) uint8 of chosen samples of a level."""
        array = self._array("image")
        if isinstance(samples, slice):
            return np.asarray(array[level, samples], np.uint8)
        return np.stack([np.asarray(array[level, int(sample)], np.uint8) for sample in samples])

    def radius(self, level: int) -> Floats:
        """|z| of a level's samples: (sample,) float64."""
        z = np.asarray(self._array("z")[level], np.float64)
        return np.asarray(np.linalg.norm(z, axis=1))

    def values(self, name: str, level: int) -> npt.NDArray[Any] | None:
        """A level's row of an array such as ``euclidean`` or ``neighbour``; None where it was not kept."""
        return np.asarray(self._array(name)[level]) if name in self.group else None

    def _array(self, name: str) -> zarr.Array[Any]:
        array = self.group[name]
        if not isinstance(array, zarr.Array):
            raise ValueError(f"{self.path}/samples.zarr/{name} is not an array; delete {self.path} to redo it")
        return array


@dataclass(frozen=True)
class Study:
    """The artifacts' folders, and what the sections of the report ask of them.

    ``store``: the folder or URL that they are found in, as a command takes it.
    """

    dataset: Path
    model: Path
    latents: Path
    statistics: Path
    sample_paths: dict[str, Path]
    features: Path
    scores_path: Path
    config: ReportConfig
    store: str

    @cached_property
    def samples(self) -> dict[str, SampleSet]:
        """The samplers of this study in the order given."""
        return {name: SampleSet(name, path) for name, path in self.sample_paths.items()}

    @cached_property
    def images(self) -> zarr.Group:
        """The open ``images.zarr``."""
        return open_complete(self.dataset / "images.zarr")

    @cached_property
    def partition(self) -> npt.NDArray[np.int8]:
        """(image,) int8: 0 train, 1 validation, 2 test."""
        return np.asarray(read_array(self.images, "partition"), np.int8)

    @cached_property
    def attribute_names(self) -> list[str]:
        """The data's attributes; empty where it has none."""
        if "attribute_name" not in self.images:
            return []
        return [str(name) for name in read_array(self.images, "attribute_name")]

    def photographs(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.uint8]:
        """Images of the data set (n, h, w, 3) uint8."""
        return np.asarray(read_rows(self._array(self.images, "image"), rows), np.uint8)

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
    def yardstick(self) -> dict[str, Any]:
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

    @cached_property
    def dimension(self) -> int:
        """Components of the latent space."""
        return int(self._array(self.latent_group, "z").shape[1])

    @cached_property
    def scores(self) -> ScoreTable:
        """All scores."""
        return read_table(self.scores_path / "scores.csv")

    @cached_property
    def cautions(self) -> list[dict[str, str]]:
        """What must be known of metrics on these data."""
        return read_cautions(self.scores_path)

    @cached_property
    def judge(self) -> Judge:
        """The number that decides between samplers."""
        return judge_of(self.scores, self.config)

    @cached_property
    def ranking(self) -> Ranking | None:
        """Which samplers differ, each at its best level; None where single draws were not kept."""
        return ranked(self.scores, read_values(self.scores_path / "draws.csv"), self.judge)

    @cached_property
    def numbers(self) -> Numbers:
        """What the findings are computed from."""
        return Numbers(self.scores, self.judge, self.summary, self.yardstick, self.dimension, self.ranking)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the numbers say, the answer first."""
        return tuple(find(self.numbers))

    @property
    def answer(self) -> Finding | None:
        """The headline, where there is one."""
        return next((finding for finding in self.findings if finding.key == "answer"), None)

    def claims(self, anchor: str, *first: str) -> tuple[Finding, ...]:
        """The findings that a section gives evidence for, those with the keys ``first`` before others."""
        found = [finding for finding in self.findings if finding.section == anchor]
        return tuple(sorted(found, key=lambda one: first.index(one.key) if one.key in first else len(first)))

    def level(self, sampler: str, label: str) -> int | None:
        """The index of a level of a sampler; None where the samples do not have it."""
        labels = self.samples[sampler].labels if sampler in self.samples else []
        return labels.index(label) if label in labels else None

    @staticmethod
    def _array(group: zarr.Group, name: str) -> zarr.Array[Any]:
        array = group[name]
        assert isinstance(array, zarr.Array)
        return array
