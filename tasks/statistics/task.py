"""The statistics of the latent points as a Prefect task: one Dask computation, one task."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task
from tasks.statistics.config import AnalyseConfig


@stage_task("analyse", "Measure how the latent points are distributed.")
def analyse_task(context: StageContext, progress: Progress) -> Facts:
    """Analyse the latent points."""
    from tasks.statistics.analyse import analyse

    step = context.step
    config = step.config
    assert isinstance(config, AnalyseConfig)
    return analyse(context.input("dataset"), context.input("latents"), config, context.out, progress, step.dask)
