"""The stage's units of work: three passes over all points, block by block, and what each pass adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import create_array, open_complete, read_array
from storage.journal import Journal
from tasks.compute.cluster.pool import Pool, Unit
from tasks.compute.progress import Progress
from tasks.stage.errors import InputError
from tasks.statistics.blocks import Arrays, Block, Partials, row_blocks
from tasks.statistics.config import AnalyseConfig
from tasks.statistics.core_fit import CoreFit, fit_core
from tasks.statistics.covariance import POINTS_PER_COMPONENT
from tasks.statistics.facet import Subset
from tasks.statistics.moments import Moments, merge, no_moments
from tasks.statistics.passes import Aim, Measure, distances_of_block, moments_of_block, planes_of_block
from tasks.statistics.planes import SIGMAS
from tasks.statistics.points import Points, Rows
from tasks.statistics.results import AttributeSums

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

PASSES = 3


class Work:
    """Runs the stage's units of work, keeps what is finished, and picks up what an interrupted run kept."""

    def __init__(self, points: Points, config: AnalyseConfig, out: Path, progress: Progress, further: int) -> None:
        """``further``: units beside the blocks of the passes."""
        self.points, self.config = points, config
        self.blocks = row_blocks(points.rows, points.components, config.block_rows)
        self.journal = Journal(out)
        self.partials = Partials(out / "partials", self.journal)
        self._progress = progress
        self._total = PASSES * len(self.blocks) + further
        self._done = 0
        self.journal.log_resumption("analyse", "units of work", self._total)

    def advance(self, note: str) -> None:
        """One unit more is done."""
        self._done += 1
        self._progress(self._done, self._total, note)

    def run(
        self,
        workers: Pool,
        name: str,
        units: Sequence[Unit],
        function: Callable[..., Arrays],
        shared: Any,
        arguments: Callable[[Unit], Sequence[Any]] = lambda unit: (),
        take: Callable[[Unit, Arrays], Arrays] = lambda unit, result: result,
    ) -> None:
        """Do what is missing of ``name``; ``take`` gets each unit's result and returns what to keep of it."""
        missing = [unit for unit in units if not self.partials.keeps(f"{name} {_label(unit)}")]
        for _ in range(len(units) - len(missing)):
            self.advance(name)
        for unit, result in workers.as_finished(function, ((unit, arguments(unit)) for unit in missing), shared):
            self.partials.save(f"{name} {_label(unit)}", take(unit, result))
            self.advance(name)

    def kept(self, name: str, units: Sequence[Unit]) -> Iterator[Arrays]:
        """What the finished ``name`` kept, in the units' order: the order decides the last bits of sums."""
        return (self.partials.load(f"{name} {_label(unit)}") for unit in units)

    def finish(self) -> None:
        """Remove what was only kept for an interruption."""
        self.partials.remove()
        self.journal.close()


def _label(unit: Any) -> str:
    return str(unit.number) if isinstance(unit, Block) else str(unit)


@dataclass(frozen=True)
class First:
    """Moments of either side, and the points of either that are kept in memory."""

    train: Moments
    heldout: Moments
    training: Subset
    held: Subset


def first_pass(work: Work, workers: Pool) -> First:
    """Moments of all points. Raises ``InputError`` if a latent point is not finite."""
    points, config = work.points, work.config
    count = max(config.sample_points, 2 * POINTS_PER_COMPONENT * points.components)
    rows = [points.chosen(side, count, config.seed) for side in (True, False)]

    def arguments(block: Block) -> Sequence[Any]:
        return str(points.array), points.train[block.rows], *(_inside(chosen, block) for chosen in rows)

    work.run(workers, "moments", work.blocks, moments_of_block, None, arguments)
    train = heldout = no_moments(points.components)
    sample: dict[str, list[npt.NDArray[np.float32]]] = {"training": [], "heldout": []}
    unusable = []
    for kept in work.kept("moments", work.blocks):
        if "unusable" in kept:
            unusable.append(kept)
            continue
        train = merge(train, Moments.of_arrays(kept, "train_"))
        heldout = merge(heldout, Moments.of_arrays(kept, "heldout_"))
        for side, parts in sample.items():
            parts.append(kept[side])
    if unusable:
        raise _unusable_points(points, sum(int(kept["unusable"]) for kept in unusable), unusable[0])
    training, held = (Subset(chosen, np.concatenate(sample[side])) for chosen, side in zip(rows, sample, strict=True))
    return First(train, heldout, training, held)


def _inside(rows: Rows, block: Block) -> Rows:
    """Those of ``rows``, ascending, that lie in ``block``, counted from its start."""
    return rows[np.searchsorted(rows, block.start) : np.searchsorted(rows, block.stop)] - block.start


def _unusable_points(points: Points, count: int, block: Arrays) -> InputError:
    first = int(block["first_unusable"])
    name = read_array(open_complete(points.images), "name")[first]
    return InputError(
        f"{count} of {points.rows} latent points in {points.array.parent} are not finite; the first belongs to "
        f"image {name} (number {first}). Train the model again with a lower learning rate or in full precision"
    )


def robust_core(work: Work, first: First) -> CoreFit:
    """The core's location and scatter, found once on the training points in memory, and kept."""
    if work.partials.keeps("core"):
        fit = CoreFit.of_arrays(work.partials.load("core"))
    else:
        sample = first.training.z[:, first.train.varies].astype(np.float64)
        fit = fit_core(sample, int(first.train.count), work.config)
        work.partials.save("core", fit.arrays())
    work.advance("core")
    return fit


@dataclass(frozen=True)
class Second:
    """Sums over the second pass.

    histogram: (d, bins); inside: (2,) and powers: (2, 4, d) of held-out and training points; core: moments, None
    where it is undefined; attributes: None where the data have none.
    """

    histogram: Counts
    inside: Counts
    powers: Floats
    core: Moments | None
    attributes: AttributeSums | None


def image_arrays(work: Work, group: zarr.Group, kinds: dict[str, Any]) -> Callable[[Block, Arrays], Arrays]:
    """Creates arrays over all images and returns what moves them out of each block's result."""
    chunk = (work.blocks[0].stop,)
    targets = {
        name: create_array(group, name, (work.points.rows,), kind, ("image",), chunk) for name, kind in kinds.items()
    }

    def take(block: Block, result: Arrays) -> Arrays:
        for name, target in targets.items():
            target[block.rows] = result.pop(name)
        return result

    return take


def _block_arguments(points: Points) -> Callable[[Block], Sequence[Any]]:
    return lambda block: (str(points.array), points.train[block.rows])


def second_pass(work: Work, workers: Pool, measure: Measure, group: zarr.Group) -> Second:
    """Distances of every image, written block by block into ``group``, and what is counted on the way."""
    points = work.points
    kinds: dict[str, Any] = {"radius": np.float64, "mahalanobis": np.float64}
    if measure.location is not None:
        kinds["core"] = np.bool_
    take = image_arrays(work, group, kinds)
    work.run(workers, "distances", work.blocks, distances_of_block, measure, _block_arguments(points), take)
    sums: Arrays = {}
    core = no_moments(points.components)
    for kept in work.kept("distances", work.blocks):
        for name in ("histogram", "inside", "powers", "attribute_count", "attribute_sum"):
            if name in kept:
                sums[name] = sums[name] + kept[name] if name in sums else kept[name]
        if measure.location is not None:
            core = merge(core, Moments.of_arrays(kept, "core_"))
    return Second(
        histogram=sums["histogram"],
        inside=sums["inside"],
        powers=sums["powers"],
        core=core if measure.location is not None else None,
        attributes=AttributeSums(sums["attribute_count"], sums["attribute_sum"]) if measure.attributes else None,
    )


@dataclass(frozen=True)
class Third:
    """Sums over the third pass. density: (p, bins, bins); inside: (2, p, 3) held-out and training points."""

    density: Counts
    inside: Counts


def third_pass(work: Work, workers: Pool, aim: Aim, group: zarr.Group) -> Third:
    """Distances from the centre, written block by block into ``group``, and the densities in planes."""
    take = image_arrays(work, group, {"centre_distance": np.float64})
    work.run(workers, "planes", work.blocks, planes_of_block, aim, _block_arguments(work.points), take)
    bins, planes = aim.planes.edges.shape[2] - 1, len(aim.planes.kind)
    density, inside = np.zeros((planes, bins, bins), np.int64), np.zeros((2, planes, len(SIGMAS)), np.int64)
    for kept in work.kept("planes", work.blocks):
        density += kept["density"]
        inside += kept["inside_ellipse"]
    return Third(density, inside)
