"""The rows of a score table: which images they draw, what they are compared with, and how they are written."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array
from storage.files import read_json, write_text
from tasks.assessment.config import AssessConfig
from tasks.assessment.features import read_images
from tasks.assessment.metric import Draw, Metric, Reconstructions, Reference
from tasks.assessment.metrics import registered
from tasks.errors import InputError

REFERENCES = ("train", "heldout")
FIXED_ROWS = ("real", "reconstruction")
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Score:
    """One row of ``scores.csv``: the mean of a metric over the draws and their standard deviation (ddof 1).

    ``n``: images per draw; ``features``: the network, or ``pixels`` or ``latent``.
    """

    sampler: str
    label: str
    metric: str
    features: str
    reference: str
    value: float
    spread: float
    n: int
    seed: int


COLUMNS = tuple(field.name for field in fields(Score))


def evaluation_size(config: AssessConfig, partition: npt.NDArray[np.int8]) -> int:
    """Images per draw, the same for every row: what the smaller side has for so many disjoint draws.

    Raises ``InputError`` if that is fewer than two.
    """
    smaller = min(int((partition == 0).sum()), int((partition != 0).sum()))
    n = min(config.count, smaller) // config.repeats
    if n < 2:
        raise InputError(
            f"{smaller} images on the smaller side of training and held-out are too few for assess.repeats = "
            f"{config.repeats} draws; lower it, or ingest more images"
        )
    return n


def choose(pool: Rows, n: int, repeats: int, seed: int, *what: str) -> list[Rows]:
    """``repeats`` disjoint choices of ``n`` from ``pool``, decided by ``seed`` and ``what`` they are for."""
    purpose = int.from_bytes(hashlib.blake2b("/".join(what).encode(), digest_size=8).digest())
    shuffled = np.random.default_rng([seed, purpose]).permutation(pool)
    return [shuffled[index * n : (index + 1) * n] for index in range(repeats)]


@dataclass(frozen=True)
class RealImages:
    """The data set with its features, its z-points and the features of its reconstructions, opened for scoring."""

    dataset: Path
    partition: npt.NDArray[np.int8]
    features: npt.NDArray[np.float32]
    reconstructed: npt.NDArray[np.float32]
    z: npt.NDArray[np.float32]
    network: str

    @classmethod
    def open(cls, dataset: Path, latents: Path, features: Path, baselines: Path) -> RealImages:
        """Read what is small; images stay on disk."""
        return cls(
            dataset,
            read_array(open_complete(dataset / "images.zarr"), "partition"),
            read_array(open_complete(features / "features.zarr"), "feature"),
            read_array(open_complete(baselines / "reconstructions.zarr"), "feature"),
            read_array(open_complete(latents / "latents.zarr"), "z"),
            str(read_json(features / "network.json")["features"]),
        )

    def of(self, reference: str) -> Rows:
        """The images that a reference consists of."""
        return np.flatnonzero((self.partition == 0) == (reference == "train"))

    def others(self, reference: str) -> Rows:
        """The images that the fixed rows of a reference's table show: those of the other partition."""
        return np.flatnonzero((self.partition == 0) != (reference == "train"))

    def images(self, rows: Rows) -> npt.NDArray[np.uint8]:
        """The images at ``rows``: (n, h, w, 3) uint8."""
        return read_images(open_complete(self.dataset / "images.zarr"), rows)

    def unseen(self, reference: str, config: AssessConfig) -> list[Rows]:
        """The draws of the fixed rows."""
        n = evaluation_size(config, self.partition)
        return choose(self.others(reference), n, config.repeats, config.seed, "fixed", reference)

    def reference(self, name: str, config: AssessConfig) -> Reference:
        """What draws are compared with under ``name``."""
        rows = self.of(name)
        n = evaluation_size(config, self.partition)
        fitted = rows
        if len(rows) > config.reference_count:
            fitted = np.sort(choose(rows, config.reference_count, 1, config.seed, "reference", name)[0])
        shown = choose(rows, n, 1, config.seed, "images", name)[0]
        unseen = np.concatenate(self.unseen(name, config))
        return Reference(
            name=name,
            images=self.images(shown),
            features=self.features[fitted],
            known=Reconstructions(self.reconstructed[rows], self.z[rows]),
            unseen=Reconstructions(self.reconstructed[unseen], self.z[unseen]),
            seed=config.seed,
        )


class Scorer:
    """Every metric prepared against one reference."""

    def __init__(self, real: RealImages, reference: str, config: AssessConfig) -> None:
        self._real, self._name, self._config = real, reference, config
        prepared = real.reference(reference, config)
        self._metrics: dict[str, tuple[Metric, Callable[[Draw], float]]] = {}
        for name in registered():
            metric: Metric = getattr(config, name)
            self._metrics[name] = (metric, metric.against(prepared))

    def scores(self, sampler: str, label: str, draws: list[Draw]) -> list[Score]:
        """A row per metric for the draws of one level."""
        rows = []
        for name, (metric, evaluate) in self._metrics.items():
            values = [evaluate(draw) for draw in draws]
            space = self._real.network if metric.space == "features" else metric.space
            value, spread = float(np.mean(values)), float(np.std(values, ddof=1))
            n, seed = len(draws[0].images), self._config.seed
            rows.append(Score(sampler, label, name, space, self._name, value, spread, n, seed))
        return rows


def write_scores(path: Path, rows: Iterable[Score]) -> None:
    """Write ``rows`` as CSV; numbers read back exactly."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    write_text(path, text.getvalue())


def read_scores(path: Path) -> list[Score]:
    """The rows of a CSV that ``write_scores`` wrote. Raises ``ValueError`` that names the file if it is another's."""
    with open(path, newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    if not table or tuple(table[0]) != COLUMNS:
        raise ValueError(f"{path} has no columns {','.join(COLUMNS)}; delete {path.parent} to redo it")
    kinds: list[Callable[[str], Any]] = [str, str, str, str, str, float, float, int, int]
    return [Score(*(kind(text) for kind, text in zip(kinds, row, strict=True))) for row in table[1:]]
