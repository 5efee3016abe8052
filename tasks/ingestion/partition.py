"""Which images train, validate and test: the partition that comes with the data, or one drawn from the names."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from tasks.ingestion.lists import UNKNOWN_PERSON, ImageList
from tasks.stage.errors import InputError
from tasks.stage.wording import counted, first_names

TRAIN, VALIDATION, TEST = 0, 1, 2
FEWEST_IMAGES = 10


def _uniform(seed: int, name: str) -> float:
    """A number in [0, 1) that depends on seed and name alone."""
    return int.from_bytes(blake2b(f"{seed}\n{name}".encode(), digest_size=6).digest(), "big") / 2**48


def seeded_partition(
    names: Sequence[str],
    validation_share: float,
    test_share: float,
    seed: int,
    identity: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.int8]:
    """Draw a partition, (n,) int8: each image by a hash of seed and name, so new images move no old one.

    ``identity``: (n,) the person of each image, -1 for unknown; all images of a person are on one side, by a hash of
    seed and person. In a set so small that a share above zero draws no image, the training image, or person, with the
    smallest hash takes its place.
    """
    if identity is None:
        identity = np.full(len(names), UNKNOWN_PERSON, np.int64)
    keys = [
        name if number == UNKNOWN_PERSON else f"person {number}"
        for name, number in zip(names, identity.tolist(), strict=True)
    ]
    drawn = {key: _uniform(seed, key) for key in dict.fromkeys(keys)}
    draw = np.array([drawn[key] for key in keys])
    partition = np.full(len(names), TRAIN, np.int8)
    partition[draw < test_share + validation_share] = VALIDATION
    partition[draw < test_share] = TEST
    partition[draw == draw.max()] = TRAIN  # It is, but for a handful of persons.
    for wanted, share in ((TEST, test_share), (VALIDATION, validation_share)):
        training = np.unique(draw[partition == TRAIN])
        if share > 0 and len(training) > 1 and not np.any(partition == wanted):
            partition[draw == training[0]] = wanted
    return partition


def official_partition(listed: ImageList, names: Sequence[str]) -> npt.NDArray[np.int8]:
    """The partition of ``names`` by a list file, (n,) int8.

    Raises ``InputError`` if an image has no row: guessing could let test images into training.
    """
    missing = listed.missing(names)
    if missing:
        raise InputError(
            f"{listed.location} has no row for {len(missing)} of {len(names)} images ({first_names(missing)}); add the "
            "rows, remove the images, or remove the file to have a partition drawn"
        )
    return listed.values(names)[:, 0]


def check_partition(partition: npt.NDArray[np.int8], source: str) -> None:
    """Raise ``InputError`` unless there are at least ten images, some to train on and some held out.

    ``source``: what made the partition, for the message.
    """
    count, training = len(partition), int(np.sum(partition == TRAIN))
    if count < FEWEST_IMAGES:
        raise InputError(
            f"{counted(count, 'usable image')}; at least {FEWEST_IMAGES} are needed, and thousands for a good result"
        )
    if training == 0:
        raise InputError(f"{source} has no training images")
    if training == count:
        raise InputError(f"{source} has no validation or test images")
