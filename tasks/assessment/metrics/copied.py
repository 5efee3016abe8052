"""``copied``: the share of images that repeat a reference image."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tasks.assessment.copies import Copies
from tasks.assessment.metric import Draw, Metric, Reference, Shown, Space
from tasks.assessment.novelty import known_features


class CopiedShare(Metric):
    """Share of images nearer to a reference reconstruction than 95 % of those are to each other, in features."""

    space: ClassVar[Space] = "features"
    shown = Shown(
        "copied",
        "lower",
        "share of images nearer in features to a reference reconstruction than 95 % of those are to each other",
        order=13,
        reference="train",
        against="reconstructions",
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Index the reference's reconstructions once."""
        copies = reference.once("copies", lambda: Copies(known_features(reference)))
        return lambda draw: copies(draw.features)
