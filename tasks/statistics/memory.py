"""How much memory the analysis will need, told before it starts, and refused where there is not as much."""

from __future__ import annotations

from typing import NamedTuple

from tasks.compute.memory import available_memory
from tasks.stage.errors import InputError
from tasks.statistics.blocks import rows_per_block
from tasks.statistics.config import AnalyseConfig

GIB = 2**30
PROCESS = 0.35 * GIB
"""A Python process with NumPy, Zarr, Dask and Numba in it."""

DUPLICATE_AXES = 64


class Projection(NamedTuple):
    """Bytes. fixed: whatever the number of points; images: grows with it; blocks: being worked on at a time."""

    fixed: float
    images: float
    blocks: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.fixed + self.images + self.blocks


def project(rows: int, components: int, config: AnalyseConfig, workers: int, processes: bool) -> Projection:
    """The peak memory of the analysis of ``rows`` points (n, d), all its processes together.

    A block is read as float32 and parts of it copied once; a worker has one unit's result, two more of each wait; per
    image there are five values of float64 and their sorted copies; points in memory are worked on in up to six copies,
    pairs of the points in a test of normality in four arrays; coordinates in which near-duplicates are looked for in
    four; of matrices (d, d) there are some forty.
    """
    block = rows_per_block(rows, components, config.block_rows) * components
    unit = components * (4 * components + 2 * config.bins) * 8
    sample = min(rows, max(config.sample_points, 10 * components)) * components
    pairs = min(rows, config.normality_points) ** 2 / 2
    searched = min(rows, config.duplicate_points) * DUPLICATE_AXES
    return Projection(
        fixed=PROCESS * (1 + workers * processes) + 40 * 8 * components**2 + 2 * sample * (4 + 6 * 8),
        images=rows * (5 * 8 + 3 * 8 + 2),
        blocks=workers * (block * 3 * 4 + pairs * 4 * 8) + (3 * workers + 1) * unit + searched * 4 * 4,
    )


def check_memory(rows: int, components: int, config: AnalyseConfig, workers: int, processes: bool) -> None:
    """Raise ``InputError`` if the analysis would need more memory than ``analyse.memory`` or the machine has free."""
    needed = project(rows, components, config, workers, processes).total
    limit = config.memory * GIB if config.memory is not None else available_memory()
    if needed > limit:
        allowed = "analyse.memory allows only" if config.memory is not None else "the free memory of this machine is"
        raise InputError(
            f"analysing {rows:,} points of {components} components would need {needed / GIB:.1f} GiB of memory, but "
            f"{allowed} {limit / GIB:.1f} GiB: lower analyse.workers, analyse.block_rows, analyse.sample_points or "
            "analyse.duplicate_points, or use a Dask cluster (dask.scheduler)"
        )
