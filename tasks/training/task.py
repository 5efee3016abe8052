"""Training as a Prefect task."""

from __future__ import annotations

from tasks.progress import Progress
from tasks.step import Workplace
from tasks.task import Facts, show_image, stage_task
from tasks.training.config import TrainConfig


@stage_task("train", "Train the autoencoder on the training partition.")
def train_task(workplace: Workplace, progress: Progress) -> Facts:
    """Train, then show the loss curve."""
    from tasks.reporting.previews import loss_curve
    from tasks.training.train import train

    config = workplace.step.config
    assert isinstance(config, TrainConfig)
    facts = train(workplace.input("dataset"), config, workplace.out, progress)
    show_image("loss-curve", loss_curve(workplace.out / "history.csv"), "Training loss and held-out error by epoch")
    return facts
