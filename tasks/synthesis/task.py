"""The synthetic faces as a Prefect task."""

from __future__ import annotations

from tasks.progress import Progress
from tasks.step import Workplace
from tasks.synthesis.config import SynthesisConfig
from tasks.task import Facts, stage_task


@stage_task("synthesize", "Render synthetic faces in CelebA's own file layout.")
def synthesize_task(workplace: Workplace, progress: Progress) -> Facts:
    """Render the faces."""
    from tasks.synthesis.synthesize import synthesize

    config = workplace.step.config
    assert isinstance(config, SynthesisConfig)
    return synthesize(workplace.out, config.count, config.seed, config.workers, progress)
