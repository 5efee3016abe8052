"""The statistics of the latent points as a Prefect task: one Dask computation, one task."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.stage.step import Workplace
from tasks.stage.task import Facts, stage_task
from tasks.statistics.config import AnalyseConfig


@stage_task("analyse", "Measure how the latent points are distributed.")
def analyse_task(workplace: Workplace, progress: Progress) -> Facts:
    """Analyse the latent points."""
    from tasks.statistics.analyse import analyse

    step = workplace.step
    config = step.config
    assert isinstance(config, AnalyseConfig)
    return analyse(workplace.input("dataset"), workplace.input("latents"), config, workplace.out, progress, step.dask)
