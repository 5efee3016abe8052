"""Which points are for training: the split that comes with them, in whatever words, or one drawn from their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.ingestion.partition import TEST, TRAIN, VALIDATION, seeded_partition
from tasks.points.config import ReadConfig
from tasks.stage.errors import InputError
from tasks.stage.wording import first_names

WORDS = {
    **dict.fromkeys(("train", "training", "0"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "dev", "1"), VALIDATION),
    **dict.fromkeys(("test", "testing", "heldout", "held-out", "held_out", "2"), TEST),
}
FEWEST = 10
"""Points on either side without which nothing can be told."""


def partition_of(values: npt.NDArray[Any], where: str) -> npt.NDArray[np.int8]:
    """``values`` (n,), words or 0, 1, 2, as the data set's codes: (n,) int8. Raises ``InputError`` for other ones."""
    if values.dtype.kind == "f" and np.isfinite(values).all() and (values == np.round(values)).all():
        values = values.astype(np.int64)
    found, inverse = np.unique(values.astype(np.str_), return_inverse=True)
    unknown = [str(one) for one in found if one.strip().lower() not in WORDS]
    if unknown:
        raise InputError(
            f"--split: {where} says {first_names(unknown)}; expected train, validation and test, or 0, 1 and 2"
        )
    codes = np.array([WORDS[one.strip().lower()] for one in found], np.int8)
    return np.asarray(codes[inverse.reshape(-1)])


def drawn_partition(names: list[str] | None, rows: int, config: ReadConfig) -> npt.NDArray[np.int8]:
    """A seeded choice by the points' names, or by their numbers where they have none: (n,) int8."""
    wanted = names if names is not None else list(map(str, range(rows)))
    return seeded_partition(wanted, config.validation_share, config.test_share, config.seed)


def check_sides(partition: npt.NDArray[np.int8], where: str) -> None:
    """Raise ``InputError`` where either side has fewer points than anything can be told from."""
    training = int((partition == TRAIN).sum())
    held_out = len(partition) - training
    if min(training, held_out) < FEWEST:
        raise InputError(
            f"{where}: {training} training and {held_out} held-out points; at least {FEWEST} of each are needed, and "
            "thousands for an answer: give more points, or another split (--split)"
        )
