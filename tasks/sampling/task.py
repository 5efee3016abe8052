"""Sampling as Prefect tasks, one per sampler."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.sampling.config import SampleConfig
from tasks.stage.step import Workplace
from tasks.stage.task import Facts, show_image, stage_task


def _show(workplace: Workplace, facts: Facts) -> None:
    from tasks.sampling.preview import sampler_sheet

    sampler = workplace.step.about
    show_image(f"samples-{sampler}", sampler_sheet(workplace.out, rows=1), f"Faces drawn by {sampler}, a row per level")


@stage_task("sample", "Draw latent points with one sampler at every level of its sweep and decode them.", _show)
def sample_task(workplace: Workplace, progress: Progress) -> Facts:
    """Draw and decode."""
    from tasks.sampling.sample import sample

    step = workplace.step
    assert isinstance(step.config, SampleConfig)
    assert step.about is not None
    return sample(
        step.about,
        workplace.input("dataset"),
        workplace.input("model"),
        workplace.input("latents"),
        workplace.input("statistics"),
        step.config,
        workplace.out,
        progress,
    )
