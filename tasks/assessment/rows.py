"""The rows of a score table: which images they draw and what they are compared with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array, stored_array
from storage.rows import StoredRows
from tasks.assessment.broken import Cycle
from tasks.assessment.config import AssessConfig
from tasks.assessment.features import read_images
from tasks.assessment.metric import Reconstructions, Reference
from tasks.assessment.spaces import FeatureSpace, open_spaces

REFERENCES = ("train", "heldout")
FIXED_ROWS = ("real", "reconstruction")
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Sources:
    """The artifacts that scores are made from. ``features``: one folder per feature network, the first the main one."""

    dataset: Path
    model: Path
    latents: Path
    statistics: Path
    features: tuple[Path, ...]


def evaluation_size(config: AssessConfig, partition: npt.NDArray[np.int8]) -> int:
    """Images per draw, the same for every row: what the smaller side has for so many disjoint draws.

    Raises ``InputError`` if that is fewer than two.
    """
    training, held_out = int((partition == 0).sum()), int((partition != 0).sum())
    config.check_counts(training, held_out)
    return min(config.count, training, held_out) // config.repeats


def choose(pool: Rows, n: int, repeats: int, seed: int, *what: str) -> list[Rows]:
    """``repeats`` disjoint choices of ``n`` from ``pool``, decided by ``seed`` and ``what`` they are for."""
    purpose = int.from_bytes(hashlib.blake2b("/".join(what).encode(), digest_size=8).digest())
    shuffled = np.random.default_rng([seed, purpose]).permutation(pool)
    return [shuffled[index * n : (index + 1) * n] for index in range(repeats)]


@dataclass(frozen=True)
class RealImages:
    """The data set with its features, its latent points and its reconstructions, opened for scoring.

    reconstructed: the reconstructions' features in each space, by its name; energy: their gradient energy, (image,);
    cycle: what one more pass through the autoencoder does to them; mean: (d,), precision: (d, d), the mean and the
    inverse covariance of the training points.
    """

    dataset: Path
    partition: npt.NDArray[np.int8]
    spaces: tuple[FeatureSpace, ...]
    reconstructed: dict[str, StoredRows]
    energy: npt.NDArray[np.float32]
    cycle: Cycle
    z: StoredRows
    mean: npt.NDArray[np.float64]
    precision: npt.NDArray[np.float64]

    @classmethod
    def open(cls, sources: Sources, baselines: Path) -> RealImages:
        """Read what is small; images stay on disk, as do features and points until they are asked for."""
        spaces = open_spaces(sources.features)
        decoded = open_complete(baselines / "reconstructions.zarr")
        statistics = open_complete(sources.statistics / "statistics.zarr")
        return cls(
            sources.dataset,
            read_array(open_complete(sources.dataset / "images.zarr"), "partition"),
            spaces,
            {space.name: StoredRows(stored_array(decoded, space.array)) for space in spaces},
            read_array(decoded, "gradient_energy"),
            Cycle(*(read_array(decoded, f"cycle_{name}").astype(np.float64) for name in Cycle._fields)),
            StoredRows(stored_array(open_complete(sources.latents / "latents.zarr"), "z")),
            read_array(statistics, "mean"),
            read_array(statistics, "precision"),
        )

    @property
    def deciding(self) -> FeatureSpace:
        """The feature space that decides: that of the user's own network, if there is one."""
        return self.spaces[-1]

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

    def reference(self, name: str, space: FeatureSpace, config: AssessConfig) -> Reference:
        """What draws are compared with under ``name``, with the features of ``space``."""
        rows = self.of(name)
        n = evaluation_size(config, self.partition)
        fitted = rows
        if len(rows) > config.reference_count:
            fitted = np.sort(choose(rows, config.reference_count, 1, config.seed, "reference", name)[0])
        shown = choose(rows, n, 1, config.seed, "images", name)[0]
        return Reference(
            name=name,
            images=self.images(shown),
            shown=space.features.take(shown),
            features=space.features.take(fitted),
            known=self._known(rows, space),
            unseen=self._unseen(np.concatenate(self.unseen(name, config)), space),
            precision=self.precision,
            seed=config.seed,
        )

    def _known(self, rows: Rows, space: FeatureSpace) -> Reconstructions:
        features, z = self.reconstructed[space.name].at(rows), self.z.at(rows)
        return Reconstructions(features, z, self.energy[rows], self.cycle.at(rows))

    def _unseen(self, rows: Rows, space: FeatureSpace) -> Reconstructions:
        """In any order, and few."""
        features, z = self.reconstructed[space.name].take(rows), self.z.take(rows)
        return Reconstructions(StoredRows(features), StoredRows(z), self.energy[rows], self.cycle.at(rows))
