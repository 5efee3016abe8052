"""The synthetic faces as a Prefect task."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task
from tasks.synthesis.config import SynthesisConfig


@stage_task("synthesize", "Render synthetic faces in CelebA's own file layout.")
def synthesize_task(context: StageContext, progress: Progress) -> Facts:
    """Render the faces."""
    from tasks.synthesis.synthesize import synthesize

    config = context.step.config
    assert isinstance(config, SynthesisConfig)
    return synthesize(context.out, config.count, config.seed, config.workers, progress)
