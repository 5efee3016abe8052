"""Training as a Prefect task."""

from __future__ import annotations

import os

from storage.cache import cache_folder
from tasks.compute.progress import Progress
from tasks.stage.step import StageContext
from tasks.stage.task import TRAINING, Facts, show_image, stage_task
from tasks.training.config import TrainConfig


def _show(context: StageContext, facts: Facts) -> None:
    from tasks.training.preview import loss_curve

    picture = loss_curve(context.out / "history.csv")
    show_image("loss-curve", picture, "Training loss and held-out error by epoch")


@stage_task("train", "Train the autoencoder on the training partition.", _show, tags=[TRAINING])
def train_task(context: StageContext, progress: Progress) -> Facts:
    """Train."""
    # Torch's own place for what it compiles is a folder of /tmp with a name that all users know.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder() / "torch"))
    from tasks.training.train import train

    config = context.step.config
    assert isinstance(config, TrainConfig)
    return train(context.input("dataset"), config, context.out, progress)
