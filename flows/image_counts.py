"""Whether there are enough images for the stages that use them, checked before any of them starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from flows.config import StudyConfig
from storage.names import check_name
from tasks.assessment.config import FEWEST_PER_DRAW, AssessmentConfig
from tasks.ingestion.check import check_data
from tasks.ingestion.partition import TRAIN
from tasks.sampling.order_config import OrderConfig
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError
from tasks.training.config import FEWEST_IMAGES, TrainingConfig

FACES_PER_NEEDED_IMAGE = 20
"""Synthetic faces for each one needed on either side: a tenth at the least is held out."""

SCORING_STAGES = ("assess", "report")


def check_images(config: StudyConfig, data: str | None, stage: str | None = None) -> None:
    """Raise ``InputError`` if ``data`` cannot be ingested, or are too few for the study, or for what ``stage`` needs.

    Nothing is decoded, and neither Prefect nor torch is imported.
    """
    configs: list[StageConfig] = [] if stage == "ingest" else [config.train]
    if stage is None or stage in SCORING_STAGES:
        configs.append(config.assess)
    if data is not None:
        check_name(str(Path(data).absolute()), "the data")
        partition = check_data(Path(data), config.ingest)
    elif config.synthesize.count < FACES_PER_NEEDED_IMAGE * max(FEWEST_IMAGES, FEWEST_PER_DRAW * config.assess.repeats):
        from tasks.synthesis.synthesize import partition as side

        partition = np.array([side(config.synthesize.seed, index) for index in range(config.synthesize.count)])
    else:
        return
    training = int((partition == TRAIN).sum())
    name = str(data) if data is not None else f"synthesize.count = {config.synthesize.count}"
    _check_counts(name, training, len(partition) - training, configs)


def check_dataset(name: str, facts: Mapping[str, Any], configs: Iterable[StageConfig]) -> None:
    """Raise ``InputError`` if a data set with these ``facts`` is too small for the stages with ``configs``.

    So too if faces with attributes are to be learned from one that has none.
    """
    configs = list(configs)
    if not facts.get("attributes") and any(isinstance(config, OrderConfig) and config.guided for config in configs):
        raise InputError(f"order.guided: {name} has no attributes to learn from; omit the setting")
    _check_counts(name, facts["train"], facts["validation"] + facts["test"], configs)


def _check_counts(name: str, training: int, held_out: int, configs: Iterable[StageConfig]) -> None:
    for config in configs:
        if isinstance(config, TrainingConfig) and (training < FEWEST_IMAGES or not held_out):
            raise InputError(
                f"{name}: {training} training and {held_out} held-out images; training needs at least {FEWEST_IMAGES} "
                "training images and 1 held-out image: add images, or change the partition"
            )
        if isinstance(config, AssessmentConfig):
            try:
                config.check_counts(training, held_out)
            except InputError as error:
                raise InputError(f"{name}: {error}") from error
