"""Sampling as Prefect tasks, one per sampler."""

from __future__ import annotations

from tasks.progress import Progress
from tasks.sampling.config import SampleConfig
from tasks.step import Workplace
from tasks.task import Facts, show_image, stage_task


@stage_task("sample", "Draw latent points with one sampler at every level of its sweep and decode them.")
def sample_task(workplace: Workplace, progress: Progress) -> Facts:
    """Draw and decode, then show a grid."""
    from tasks.reporting.previews import sampler_sheet
    from tasks.sampling.sample import sample

    step = workplace.step
    assert isinstance(step.config, SampleConfig)
    assert step.about is not None
    facts = sample(
        step.about,
        workplace.input("dataset"),
        workplace.input("model"),
        workplace.input("latents"),
        workplace.input("statistics"),
        step.config,
        workplace.out,
        progress,
    )
    picture = sampler_sheet(workplace.out)
    show_image(f"samples-{step.about}", picture, f"Faces drawn by {step.about}, a row per level")
    return facts
