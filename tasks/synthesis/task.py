"""The synthetic faces as a Prefect task."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.stage.step import Workplace
from tasks.stage.task import Facts, stage_task
from tasks.synthesis.config import SynthesisConfig


@stage_task("synthesize", "Render synthetic faces in CelebA's own file layout.")
def synthesize_task(workplace: Workplace, progress: Progress) -> Facts:
    """Render the faces."""
    from tasks.synthesis.synthesize import synthesize

    config = workplace.step.config
    assert isinstance(config, SynthesisConfig)
    return synthesize(workplace.out, config.count, config.seed, config.workers, progress)
