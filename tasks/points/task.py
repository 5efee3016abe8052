"""Reading points as a Prefect task."""

from __future__ import annotations

from pathlib import Path

from tasks.compute.progress import Progress
from tasks.points.config import ReadConfig
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task


@stage_task("read", "Read latent points from a file into one Zarr array.")
def read_task(context: StageContext, progress: Progress) -> Facts:
    """Read the points."""
    from tasks.points.read import read

    step = context.step
    assert isinstance(step.config, ReadConfig)
    assert step.source is not None
    return read(Path(step.source), step.config, context.out, progress)
