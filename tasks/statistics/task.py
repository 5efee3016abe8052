"""The statistics of the latent points as a Prefect task: one Dask computation, one task."""

from __future__ import annotations

from tasks.progress import Progress
from tasks.statistics.config import AnalyseConfig
from tasks.step import Workplace
from tasks.task import Facts, stage_task


@stage_task("analyse", "Measure how the latent points are distributed.")
def analyse_task(workplace: Workplace, progress: Progress) -> Facts:
    """Analyse the latent points."""
    from tasks.statistics.analyse import analyse

    step = workplace.step
    config = step.config
    assert isinstance(config, AnalyseConfig)
    return analyse(workplace.input("dataset"), workplace.input("latents"), config, workplace.out, progress, step.dask)
