"""Whether a single decoded face is broken, in words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tasks.assessment.broken import FLAGGED
from tasks.exploring.opened import Images, OpenedStudy

MEANING = (
    "A face is broken if a second pass through the autoencoder changes or moves it more than "
    f"{100 * (1 - FLAGGED):g} % of reconstructions; usual is the typical reconstruction. Blurred faces do not count as "
    "broken."
)


class Integrity(NamedTuple):
    """The measure ``b`` of a face, 0 for a typical reconstruction, and the ``limit`` above which it is ``broken``."""

    broken: bool
    text: str
    b: float
    limit: float


def integrity_of(study: OpenedStudy, face: Images) -> Integrity:
    """Whether the decoded ``face`` (S, S, 3) uint8 is broken. Raises ``InputError`` if the study was not scored."""
    measure, passed = study.brokenness, study.cycle(face)
    b = float(measure(passed)[0])
    if b <= measure.threshold:
        return Integrity(False, "recognised by the autoencoder", b, measure.threshold)
    change, distance = (
        float(value[0] / np.exp(centre))
        for value, (centre, _) in zip(passed, (measure.change, measure.distance), strict=True)
    )
    text = (
        f"broken: a second pass changes it {change:.1f} times as much as usual, and it lies {distance:.1f} times as "
        "far out"
    )
    return Integrity(True, text, b, measure.threshold)
