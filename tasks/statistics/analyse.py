"""The analyse stage: everything that is known about the cloud of latent points, from two passes over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from distributed import Client
from threadpoolctl import threadpool_limits

from storage.arrays import create_array, finish, open_complete, open_for_writing, read_array
from storage.files import write_json
from storage.journal import Journal
from tasks.errors import InputError
from tasks.progress import Progress, no_progress
from tasks.statistics.blocks import Arrays, Block, Partials, compute_blocks, dask_client, row_blocks
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core_fit import CoreFit, fit_core, sample_stride
from tasks.statistics.covariance import Inverse, invert
from tasks.statistics.distributions import bin_edges
from tasks.statistics.moments import Moments, merge, no_moments
from tasks.statistics.passes import Measure, distances_of_block, moments_of_block
from tasks.statistics.results import Analysis, summarise, write_statistics

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Points:
    """Where the latents are and which of them are training points.

    array: path of z (n, d) float32; train: (n,) bool; images: path of the data set's images.zarr.
    """

    array: Path
    images: Path
    rows: int
    components: int
    train: Flags


def open_points(dataset: Path, latents: Path) -> Points:
    """Check that data set and latents belong together. Raises ``InputError`` where they do not."""
    images, path = dataset / "images.zarr", latents / "latents.zarr"
    z = open_complete(path)["z"]
    partition = read_array(open_complete(images), "partition")
    assert isinstance(z, zarr.Array)
    rows, components = z.shape
    if len(partition) != rows:
        raise InputError(
            f"{path} has {rows} points but {images} has {len(partition)} images; encode this data set anew"
        )
    train = partition == 0
    if train.sum() < 3:
        raise InputError(
            f"{images} has {train.sum()} training images; statistics need at least 3: give more images "
            "or another partition"
        )
    return Points(path / "z", images, rows, components, train)


class Passes:
    """Runs the stage's units of work, keeps what is finished, and picks up what an interrupted run kept."""

    def __init__(self, points: Points, config: AnalyseConfig, out: Path, progress: Progress) -> None:
        self.points, self.config = points, config
        self.blocks = row_blocks(points.rows, points.components, config.block_rows)
        self.journal = Journal(out)
        self.partials = Partials(out / "partials", self.journal)
        self._progress = progress
        self._total = 2 * len(self.blocks) + 1
        self._done = 0
        self.journal.log_resumption("analyse", "blocks of work", self._total)

    def advance(self, note: str) -> None:
        """One unit more is done."""
        self._done += 1
        self._progress(self._done, self._total, note)

    def run(
        self,
        client: Client,
        name: str,
        function: Callable[..., Arrays],
        shared: Any,
        arguments: Callable[[Block], Sequence[Any]],
        take: Callable[[Block, Arrays], Arrays],
    ) -> None:
        """Do what is missing of the pass ``name``; ``take`` gets each block's result and returns what to keep of it."""
        missing = [block for block in self.blocks if not self.partials.keeps(f"{name} {block.number}")]
        for _ in range(len(self.blocks) - len(missing)):
            self.advance(name)
        tasks = ((block, arguments(block)) for block in missing)
        for block, result in compute_blocks(client, function, tasks, shared):
            self.partials.save(f"{name} {block.number}", take(block, result))
            self.advance(name)

    def kept(self, name: str) -> Iterator[Arrays]:
        """What the finished pass ``name`` kept, in the blocks' order: the order decides the last bits of sums."""
        return (self.partials.load(f"{name} {block.number}") for block in self.blocks)

    def finish(self) -> None:
        """Remove what was only kept for an interruption."""
        self.partials.remove()
        self.journal.close()


def first_pass(passes: Passes, client: Client) -> tuple[Moments, Moments, npt.NDArray[np.float32]]:
    """Moments of the training points, of the held-out ones, and the training points drawn for the core (m, d).

    Raises ``InputError`` if a latent point is not finite.
    """
    points = passes.points
    stride = sample_stride(int(points.train.sum()), points.components, passes.config)
    sampled = np.flatnonzero(points.train)[::stride]

    def arguments(block: Block) -> Sequence[Any]:
        inside = sampled[np.searchsorted(sampled, block.start) : np.searchsorted(sampled, block.stop)]
        return str(points.array), points.train[block.rows], inside - block.start

    passes.run(client, "moments", moments_of_block, None, arguments, lambda block, result: result)
    train = heldout = no_moments(points.components)
    sample, unusable = [], []
    for kept in passes.kept("moments"):
        if "unusable" in kept:
            unusable.append(kept)
            continue
        train = merge(train, Moments.of_arrays(kept, "train_"))
        heldout = merge(heldout, Moments.of_arrays(kept, "heldout_"))
        sample.append(kept["sample"])
    if unusable:
        raise _unusable_points(points, sum(int(kept["unusable"]) for kept in unusable), unusable[0])
    return train, heldout, np.concatenate(sample)


def _unusable_points(points: Points, count: int, block: Arrays) -> InputError:
    first = int(block["first_unusable"])
    name = read_array(open_complete(points.images), "name")[first]
    return InputError(
        f"{count} of {points.rows} latent points in {points.array.parent} are not finite, the first that of image "
        f"{name} (number {first}); train the model anew with a lower learning rate or in full precision"
    )


def robust_core(passes: Passes, moments: Moments, sample: npt.NDArray[np.float32]) -> CoreFit:
    """The core's location and scatter from ``sample`` (m, d) of the training points, found once and kept."""
    if passes.partials.keeps("core"):
        fit = CoreFit.of_arrays(passes.partials.load("core"))
    else:
        fit = fit_core(sample[:, moments.varies].astype(np.float64), int(moments.count), passes.config)
        passes.partials.save("core", fit.arrays())
    passes.advance("core")
    return fit


@dataclass(frozen=True)
class Counted:
    """Sums over the second pass; histogram: (d, bins); inside: (2,); core: moments, None where it is undefined."""

    histogram: npt.NDArray[np.int64]
    inside: npt.NDArray[np.int64]
    core: Moments | None


def second_pass(passes: Passes, client: Client, measure: Measure, group: zarr.Group) -> Counted:
    """Distances of every image, written block by block into ``group``, and what is counted on the way."""
    points = passes.points
    kinds: dict[str, Any] = {"radius": np.float64, "mahalanobis": np.float64}
    if measure.location is not None:
        kinds["core"] = np.bool_
    chunk = (passes.blocks[0].stop,)
    targets = {name: create_array(group, name, (points.rows,), kind, ("image",), chunk) for name, kind in kinds.items()}

    def arguments(block: Block) -> Sequence[Any]:
        return str(points.array), points.train[block.rows]

    def take(block: Block, result: Arrays) -> Arrays:
        for name, target in targets.items():
            target[block.rows] = result.pop(name)
        return result

    passes.run(client, "distances", distances_of_block, measure, arguments, take)
    histogram = np.zeros((points.components, passes.config.bins), np.int64)
    inside = np.zeros(2, np.int64)
    core = no_moments(points.components)
    for kept in passes.kept("distances"):
        histogram += kept["histogram"]
        inside += kept["inside"]
        if measure.location is not None:
            core = merge(core, Moments.of_arrays(kept, "core_"))
    return Counted(histogram, inside, core if measure.location is not None else None)


def measure_of(moments: Moments, inverse: Inverse, core: CoreFit, config: AnalyseConfig) -> Measure:
    """What the second pass measures with."""
    return Measure(
        mean=moments.mean,
        std=np.sqrt(np.diagonal(moments.covariance())),
        edges=bin_edges(moments.minimum, moments.maximum, config.bins),
        varies=moments.varies,
        factor=inverse.factor,
        location=core.location,
        core_factor=core.factor,
        probability=config.core_probability,
    )


def analyse(
    dataset: Path, latents: Path, config: AnalyseConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``statistics.zarr`` and ``summary.json`` into ``out``, from the latents of ``dataset``.

    Moments, distributions and axes are those of the training points, distances are given for every image.
    Raises ``InputError`` if the latents are not finite, all the same, fewer than three, or of another data set.
    """
    points = open_points(dataset, latents)
    with threadpool_limits(limits=1, user_api="blas"):
        passes = Passes(points, config, out, progress)
        group = open_for_writing(out / "statistics.zarr")
        with dask_client(config, points.rows * points.components) as client:
            train, heldout, sample = first_pass(passes, client)
            if not train.varies.any():
                raise InputError(
                    f"all {train.count} training points in {points.array.parent} are the same: the encoder has "
                    "collapsed; train it longer, with another seed or a lower learning rate"
                )
            inverse, core = invert(train), robust_core(passes, train, sample)
            measure = measure_of(train, inverse, core, config)
            counted = second_pass(passes, client, measure, group)
        analysis = Analysis(
            config=config,
            train=train,
            heldout=heldout,
            inverse=inverse,
            core=core,
            core_moments=counted.core,
            edges=measure.edges,
            histogram=counted.histogram,
            inside=counted.inside,
            rows=points.train,
        )
        write_statistics(analysis, group)
        finish(out / "statistics.zarr")
        summary = summarise(analysis, group)
        write_json(out / "summary.json", summary)
        passes.finish()
    return {
        "images": points.rows,
        "training_images": int(train.count),
        "components": points.components,
        "core_share": summary["core"]["train"],
        "covariance": inverse.estimate,
    }
