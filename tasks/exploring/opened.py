"""A finished study, opened: what one can ask of it from Python.

Torch, whose import takes longer than all else, comes with the first face that is decoded or encoded.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from storage.arrays import finish, open_for_writing, write_array
from storage.record import RECORD, read_record
from tasks.assessment.broken import Brokenness, Cycle, cycle
from tasks.assessment.metrics.broken import calibrated
from tasks.assessment.tables import Score, read_scores
from tasks.autoencoder.interface import Sizes, sizes_of
from tasks.exploring.drawing import Drawing, Z
from tasks.exploring.recommendation import Recommendation, recommended
from tasks.finished.artifacts import Artifacts
from tasks.finished.scores import ScoreTable
from tasks.finished.study import Study
from tasks.page.images import columns_for, contact_sheet
from tasks.page.wording import counted
from tasks.sampling.places import mahalanobis
from tasks.sampling.points import Points
from tasks.stage.errors import InputError

if TYPE_CHECKING:
    from tasks.assessment.rows import Sources
    from tasks.autoencoder.interface import EncoderDecoder

Floats = npt.NDArray[np.float64]
Images = npt.NDArray[np.uint8]


class Distances(NamedTuple):
    """How far points lie from three places, each (n,) float64.

    radius: from the origin; euclidean: from the centre; mahalanobis: from the mean, in units of the points' spread.
    """

    radius: Floats
    euclidean: Floats
    mahalanobis: Floats


class Neighbours(NamedTuple):
    """The nearest training points, nearest first: rows (n, k) int64 in the data set, distances (n, k) float64."""

    rows: npt.NDArray[np.int64]
    distances: Floats


class OpenedStudy(Drawing):
    """A finished study: draw with any sampler at any level, decode, encode, find neighbours, measure, score.

    What takes time (reading, fitting a sampler) is done when first asked for, and kept. ``finished``: all that was
    found out about it.
    """

    def __init__(self, artifacts: Artifacts, device: str = "auto") -> None:
        """``device``: where faces are decoded; auto, cpu, cuda, cuda:0 or mps."""
        self.threads: int | None = None
        """CPU threads that decode and encode; as many as torch takes if None."""
        super().__init__(artifacts.sampling, artifacts.samples)
        self.artifacts = artifacts
        self.finished = Study(artifacts)
        self.guided_folder = artifacts.guided
        self._device = device
        self._computing = RLock()

    def __repr__(self) -> str:
        size = self.sizes
        shape = f"{size.image_size}×{size.image_size} pixels, {counted(size.latent_dim, 'component')}"
        return f"<study of the model {self.artifacts.model.name}: {shape}>"

    @cached_property
    def sizes(self) -> Sizes:
        """Side of the images and components of a latent vector."""
        return sizes_of(self.artifacts.model)

    @cached_property
    def autoencoder(self) -> EncoderDecoder:
        """Encoder and decoder, in eval mode."""
        import torch

        from tasks.compute.devices import choose_device, repeatable
        from tasks.exploring.loading import load_quickly

        if self.threads is not None:
            torch.set_num_threads(self.threads)
        with repeatable():
            return load_quickly(self.artifacts.model, choose_device(self._device))

    @property
    def dataset(self) -> Path:
        """The folder with the images and what is known of them."""
        return self.artifacts.dataset

    @property
    def points(self) -> Points:
        """The training points and every array of the statistics."""
        return self.finished.points

    @property
    def z(self) -> Z:
        """z of every real image, in the order of the data set, (N, d) float32."""
        return self.finished.z

    @property
    def names(self) -> list[str]:
        """The file name of every real image."""
        return self.finished.names

    @cached_property
    def recommendation(self) -> Recommendation:
        """The sampler and level of the study's verdict. Raises ``InputError`` that says why if there is none."""
        judged = recommended(self.finished.verdict)
        return Recommendation(judged.sampler, self.level_called(judged.sampler, judged.label), judged)

    def decode(self, z: npt.ArrayLike) -> Images:
        """Faces (n, S, S, 3) uint8 of ``z`` (n, d), or of one z (d,); the pipeline's own, to the last bit."""
        from tasks.compute.devices import repeatable
        from tasks.exploring.exact import decode_few

        with self._computing, repeatable():
            return decode_few(self.autoencoder, self.as_points(z))

    def encode(self, images: npt.NDArray[np.uint8]) -> Z:
        """z (n, d) float32 of ``images`` (n, S, S, 3) uint8, or of one image (S, S, 3)."""
        from tasks.compute.devices import repeatable
        from tasks.exploring.exact import encode_few

        pixels = np.asarray(images)
        if pixels.dtype != np.uint8 or pixels.ndim not in (3, 4):
            raise InputError(f"images are (n, S, S, 3) uint8, not {pixels.shape} {pixels.dtype}")
        with self._computing, repeatable():
            return encode_few(self.autoencoder, pixels[None] if pixels.ndim == 3 else pixels)

    @cached_property
    def brokenness(self) -> Brokenness:
        """How broken a face is, by the study's reconstructions. Raises ``InputError`` if it was not scored."""
        from tasks.assessment.rows import RealImages

        real = RealImages.open(self._sources(), self.artifacts.scored("baselines"))
        return calibrated(real.reference("train", real.deciding, self.artifacts.assessment))

    def cycle(self, images: npt.NDArray[np.uint8]) -> Cycle:
        """What one more pass through the autoencoder does to decoded ``images`` (n, S, S, 3) uint8, or to one."""
        encoded, measured = self.encode(images), self.points.statistics
        faces = np.asarray(images).reshape(-1, *np.shape(images)[-3:])
        return cycle(faces, encoded, self.decode(encoded), measured["mean"], measured["precision"])

    def broken(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Which decoded ``images`` (n, S, S, 3) uint8 are broken, (n,); 5 % of reconstructions are, by definition.

        Raises ``InputError`` if the study was not scored.
        """
        return self.brokenness(self.cycle(images)) > self.brokenness.threshold

    def as_points(self, z: npt.ArrayLike) -> Z:
        """``z`` as (n, d) float32. Raises ``InputError`` if it has another form or holds what is no finite number."""
        try:
            points = np.atleast_2d(np.asarray(z, np.float32))
        except (TypeError, ValueError) as error:
            raise InputError(f"z must be numbers, (n, {self.points.dimension}): {error}") from None
        if points.ndim != 2 or points.shape[1] != self.points.dimension or len(points) == 0:
            raise InputError(f"z must have the shape (n, {self.points.dimension}), not {np.shape(z)}")
        if not np.isfinite(points).all():
            raise InputError("z has values that are not finite")
        return points

    def rows(self, which: Sequence[int] | npt.NDArray[np.integer[Any]] | int) -> npt.NDArray[np.int64]:
        """Rows of the data set as (n,) int64. Raises ``InputError`` for one that is not there."""
        rows = np.atleast_1d(np.asarray(which))
        if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
            raise InputError(f"rows of the data set are whole numbers, not {which!r}")
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(self.z)):
            raise InputError(f"the data set has the rows 0 to {len(self.z) - 1}, not {rows.min()} to {rows.max()}")
        return rows.astype(np.int64)

    def real(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]] | int) -> Images:
        """The real images at ``rows`` of the data set, (n, S, S, 3) uint8; their points are ``study.z[rows]``."""
        return self.finished.photographs(self.rows(rows))

    def photograph(self, path: str | Path) -> Images:
        """The photograph at ``path``, cropped and resized as the study's data set was: (S, S, 3) uint8.

        Raises ``InputError`` for a file that cannot be used.
        """
        from tasks.compute.devices import repeatable
        from tasks.ingestion.outside import outside_photograph

        facts = read_record((self.dataset / RECORD).read_bytes())["result"]["facts"]
        with repeatable(threads=1):
            return outside_photograph(Path(path), facts)

    def neighbours(self, z: npt.ArrayLike, k: int = 5) -> Neighbours:
        """The ``k`` nearest training points of each of ``z`` (n, d), exactly; Euclidean."""
        most = len(self.points.z_train)
        if not 1 <= k <= most:
            raise InputError(f"k must be between 1 and {most} (the number of training points), got {k}")
        rows, distances = self.points.neighbours.nearest(self.as_points(z), k)
        return Neighbours(self.points.train_index[rows], distances)

    def distances(self, z: npt.ArrayLike) -> Distances:
        """How far each of ``z`` (n, d) lies from origin, centre and mean."""
        points = self.as_points(z)
        return Distances(
            np.linalg.norm(points.astype(np.float64), axis=1),
            np.linalg.norm(points - self.points.centre, axis=1),
            mahalanobis(points, self.points.mean, self.points.statistics["precision"]),
        )

    @property
    def table(self) -> ScoreTable:
        """The study's own scores. Raises ``InputError`` if it has none yet."""
        return self.finished.scores

    def scores(self) -> list[Score]:
        """The rows of the study's own table. Raises ``InputError`` if it has none yet."""
        return list(self.table.rows)

    @property
    def score_count(self) -> int:
        """How many points ``score`` needs: as many as every row of the study's table rests on."""
        from tasks.assessment.rows import evaluation_size

        assessment = self.artifacts.assessment
        return evaluation_size(assessment, self.finished.partition) * assessment.repeats

    def score(self, z: npt.ArrayLike, reference: str = "train") -> dict[str, Score]:
        """Every metric of the faces of ``z`` against real ones, as in the study's table, by the metric's name.

        ``z``: (n, d) with n of at least ``score_count``, of which as many are used; ``reference``: train or heldout.
        Raises ``InputError`` for too few points.
        """
        from tasks.assessment.quality import assess_sampler
        from tasks.assessment.rows import REFERENCES

        if reference not in REFERENCES:
            raise InputError(f"reference={reference!r}: one of {', '.join(REFERENCES)}")
        points = self.as_points(z)
        needed = self.score_count
        if len(points) < needed:
            raise InputError(
                f"{len(points)} points are too few: the study's scores use {needed}; draw at least that many"
            )
        sources, baselines = self._sources(), self.artifacts.scored("baselines")
        with tempfile.TemporaryDirectory() as temporary:
            drawn = self._as_samples(points, Path(temporary) / "samples")
            out = Path(temporary) / "scores"
            assess_sampler(sources, baselines, drawn, self.artifacts.assessment, out)
            rows = read_scores(out / "scores.csv")
        return {row.metric: row for row in rows if row.reference == reference}

    def _sources(self) -> Sources:
        from tasks.assessment.rows import Sources

        made = self.artifacts
        return Sources(made.dataset, made.model, made.latents, made.statistics, (made.scored("features"),))

    def _as_samples(self, z: Z, folder: Path) -> Path:
        """``z`` and its faces in the layout of a samples artifact, which is what can be scored."""
        group = open_for_writing(folder / "samples.zarr")
        write_array(group, "label", ["given"], ("level",))
        write_array(group, "z", z[None], ("level", "sample", "component"))
        write_array(group, "image", self.decode(z)[None], ("level", "sample", "y", "x", "channel"))
        group.attrs["sampler"] = "given"
        finish(folder / "samples.zarr")
        return folder

    def sheet(self, images: Images, columns: int | None = None, scale: int = 1) -> Image.Image:
        """``images`` (n, S, S, 3) as one picture, which a notebook shows; up to 8 columns that divide them if None."""
        return contact_sheet(images, columns or columns_for(len(images), 8), scale=scale)
