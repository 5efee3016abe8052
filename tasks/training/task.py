"""Training as a Prefect task."""

from __future__ import annotations

import os

from storage.cache import cache_folder
from tasks.compute.progress import Progress
from tasks.stage.step import Workplace
from tasks.stage.task import TRAINING, Facts, show_image, stage_task
from tasks.training.config import TrainConfig


def _show(workplace: Workplace, facts: Facts) -> None:
    from tasks.training.preview import loss_curve

    picture = loss_curve(workplace.out / "history.csv")
    show_image("loss-curve", picture, "Training loss and held-out error by epoch")


@stage_task("train", "Train the autoencoder on the training partition.", _show, tags=[TRAINING])
def train_task(workplace: Workplace, progress: Progress) -> Facts:
    """Train."""
    # Torch's own place for what it compiles is a folder of /tmp with a name that all users know.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder() / "torch"))
    from tasks.training.train import train

    config = workplace.step.config
    assert isinstance(config, TrainConfig)
    return train(workplace.input("dataset"), config, workplace.out, progress)
