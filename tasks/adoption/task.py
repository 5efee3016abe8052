"""Adopting a model from elsewhere as a Prefect task."""

from __future__ import annotations

from tasks.adoption.config import AdoptConfig
from tasks.compute.progress import Progress
from tasks.stage.errors import InputError
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task


@stage_task("adopt", "Check, measure and record an autoencoder that was trained elsewhere.")
def adopt_task(context: StageContext, progress: Progress) -> Facts:
    """Adopt."""
    from tasks.adoption.adopt import adopt

    config = context.step.config
    assert isinstance(config, AdoptConfig)
    if AdoptConfig(file=config.file).identity() != context.step.identity["config"]:
        raise InputError(f"the files of {config.file} changed during the run; run again")
    return adopt(context.input("dataset"), config, context.out, progress)
