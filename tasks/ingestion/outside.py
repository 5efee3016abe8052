"""A photograph from outside, as an ingested data set would have it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.ingestion.candidates import UnreadableImageError
from tasks.ingestion.decode import decode_square, resize
from tasks.ingestion.folder import FolderFiles
from tasks.ingestion.size import CELEBA_SIZE
from tasks.stage.errors import InputError


def outside_photograph(path: Path, facts: Mapping[str, Any]) -> npt.NDArray[np.uint8]:
    """The photograph at ``path`` cropped and resized as a data set was: (S, S, 3) uint8.

    ``facts``: what the ingestion of the data set returned. CelebA's crop in pixels is taken as a share of the shorter
    side, so that a larger photograph is not cut down to a nose; that of other data is in pixels. Raises ``InputError``
    for a file that cannot be used.
    """
    try:
        square = decode_square(FolderFiles(path.parent).read(path.name), "square")
        if facts["crop"] != "square":
            square = _cropped(square, _side(len(square), facts))
    except UnreadableImageError as error:
        raise InputError(f"{path}: {error}") from error
    return np.asarray(resize(square[np.newaxis], facts["image_size"])[0])


def _side(shorter: int, facts: Mapping[str, Any]) -> int:
    crop: int = facts["crop"]
    return max(1, round(crop * shorter / CELEBA_SIZE[0])) if facts["source_kind"] == "celeba" else crop


def _cropped(square: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    if side > len(square):
        raise UnreadableImageError(
            f"its shorter side has {len(square)} pixels, but the data set was cropped to {side}: give a larger one"
        )
    start = (len(square) - side) // 2
    return np.ascontiguousarray(square[start : start + side, start : start + side])
