"""Rating as Prefect tasks: the fixed row, one task per sampler, and the table of all."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.rating.config import TRAINING, RateConfig, RatingConfig
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task


@stage_task("rate", "Compare draws with held-out points in latent space.")
def rate_task(context: StageContext, progress: Progress) -> Facts:
    """Rate one sampler, or the training points themselves."""
    from tasks.rating.rate import rate, rate_training

    folders = [context.input(name) for name in ("dataset", "latents", "statistics")]
    config = context.step.config
    if isinstance(config, RateConfig):
        return rate_training(folders[0], folders[1], folders[2], config, context.out, progress)
    assert isinstance(config, RatingConfig)
    samples, training = context.input("samples"), context.input(TRAINING)
    return rate(folders[0], folders[1], folders[2], samples, training, config, context.out, progress)


@stage_task("ratings", "Gather all samplers' ratings in one table.")
def ratings_task(context: StageContext, progress: Progress) -> Facts:
    """Gather."""
    from tasks.rating.gather import gather_ratings

    return gather_ratings(list(context.inputs_of("rated").values()), context.input(TRAINING), context.out)
