"""Sampling as Prefect tasks, one per sampler."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.sampling.config import SampleConfig
from tasks.sampling.order_config import OrderConfig
from tasks.stage.step import StageContext
from tasks.stage.task import TRAINING, Facts, show_image, stage_task


def _show(context: StageContext, facts: Facts) -> None:
    from tasks.sampling.preview import sampler_sheet

    if "model" not in context.step.inputs:
        return
    sampler = context.step.about
    show_image(f"samples-{sampler}", sampler_sheet(context.out, rows=1), f"Faces drawn by {sampler}, a row per level")


@stage_task("sample", "Draw latent points with one sampler at every level of its sweep and decode them.", _show)
def sample_task(context: StageContext, progress: Progress) -> Facts:
    """Draw and decode; points alone have no decoder."""
    step = context.step
    assert isinstance(step.config, SampleConfig)
    assert step.about is not None
    if "model" not in step.inputs:
        from tasks.sampling.draw import draw

        dataset, latents, statistics = (context.input(name) for name in ("dataset", "latents", "statistics"))
        return draw(step.about, dataset, latents, statistics, step.config, context.out, progress)
    from tasks.sampling.sample import sample

    return sample(
        step.about,
        context.input("dataset"),
        context.input("model"),
        context.input("latents"),
        context.input("statistics"),
        step.config,
        context.out,
        progress,
    )


@stage_task("guided", "Train a flow that draws latent points with attributes.", tags=[TRAINING])
def guided_task(context: StageContext, progress: Progress) -> Facts:
    """Train the flow."""
    from tasks.sampling.guided import fit_guided

    config = context.step.config
    assert isinstance(config, OrderConfig)
    dataset, latents, statistics = map(context.input, ("dataset", "latents", "statistics"))
    return fit_guided(dataset, latents, statistics, config.seed, context.out, progress)
