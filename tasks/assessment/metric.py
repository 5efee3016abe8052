"""What a metric is: it is prepared against a reference once and then gives one number for every draw.

To add one, write a module in ``tasks.assessment.metrics`` that defines one subclass of ``Metric``. Its module's
name is its name in the tables; its fields, if it has any, appear in the configuration under that name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from tasks.config import StageConfig

Space = Literal["pixels", "features", "latent"]


@dataclass(frozen=True)
class Draw:
    """The n images of one draw of a row, in all three forms.

    images: (n, h, w, 3) uint8; features: (n, f) float32, of these images; latents: (n, d) float32, the point that
    each image was decoded from (of a photograph: its encoding).
    """

    images: npt.NDArray[np.uint8]
    features: npt.NDArray[np.float32]
    latents: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reconstructions:
    """Decoded encodings of real images. features: (m, f) float32; latents: (m, d) float32."""

    features: npt.NDArray[np.float32]
    latents: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reference:
    """What the draws are compared with; the same for every row of a table.

    images: (n, h, w, 3) uint8, as many real images as a draw has; features: (m, f) float32, of all real images of
    the partition (at most ``reference_count``); known: the reconstructions of all images of the partition;
    unseen: the reconstructions of images of the other partition, those that the fixed row shows;
    seed: for what a metric itself draws (projections, positions), so that all rows meet the same.
    """

    name: str
    images: npt.NDArray[np.uint8]
    features: npt.NDArray[np.float32]
    known: Reconstructions
    unseen: Reconstructions
    seed: int


class Metric(StageConfig, ABC):
    """One way to compare a draw with a reference; its fields are its parameters."""

    space: ClassVar[Space]
    """Where it looks: at the pixels, at the features, or at the latent points."""

    @abstractmethod
    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Do once what depends on ``reference`` alone; the function returned gives a draw's value."""
