"""The base of all metrics: prepared once against a reference, a metric gives one number for every draw.

To add one, write a module in ``tasks.assessment.metrics`` that defines one subclass of ``Metric``. Its module's
name is its name in the tables; its fields, if it has any, appear in the configuration under that name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from storage.rows import StoredRows
from tasks.assessment.broken import Cycle
from tasks.stage.config import StageConfig

Space = Literal["pixels", "features", "latent"]
Direction = Literal["lower", "higher", "one", "neither"]
Value = float | Mapping[str, float]
"""A number, or several by what is put behind the metric's name: ``{"": 3.0, "_16": 4.0}`` of ``swd`` makes the rows
``swd`` and ``swd_16``."""

Made = TypeVar("Made")

ROUNDING = 1e-12
"""Squared distances below this share of the points' mean square are those of a point to itself."""

NOTED = 0.01
"""From this share of points that repeat others on, a metric that looks at neighbours says so."""

PARTITION = {"train": "training", "heldout": "held-out"}
"""A reference in words."""


@dataclass(frozen=True, eq=False)
class Shared:
    """Something that several metrics look at and whose intermediate results they share."""

    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, what: Hashable, make: Callable[[], Made]) -> Made:
        """The result of ``make``, which is called at the first request for ``what`` only."""
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made


@dataclass(frozen=True, eq=False)
class Draw(Shared):
    """The n images of one draw of a row, in all their forms.

    images: (n, h, w, 3) uint8; features: (n, f) float32, of these images; latents: (n, d) float32, the point that
    each image was decoded from (of a photograph: its encoding); encoded: (n, d) float32, E(image); cycle: what one more
    pass through the autoencoder does to them, or to the first of them.
    """

    images: npt.NDArray[np.uint8]
    features: npt.NDArray[np.float32]
    latents: npt.NDArray[np.float32]
    encoded: npt.NDArray[np.float32]
    cycle: Cycle


@dataclass(frozen=True)
class Reconstructions:
    """Decoded encodings of real images.

    features: (m, f), latents: (m, d), in memory only where they are few; energy: (m,) float32, the images' gradient
    energy; cycle: what one more pass through the autoencoder does to them.
    """

    features: StoredRows
    latents: StoredRows
    energy: npt.NDArray[np.float32]
    cycle: Cycle


@dataclass(frozen=True, eq=False)
class Reference(Shared):
    """What the draws are compared with; the same for every row of a table.

    images: (n, h, w, 3) uint8, as many real images as a draw has; shown: (n, f) float32, their features;
    features: (m, f) float32, of all real images of the partition (at most ``reference_count``); known: the
    reconstructions of all images of the partition; unseen: the reconstructions of images of the other partition,
    those that the fixed row shows; precision: (d, d) float64, the inverse covariance of the training points;
    seed: for what a metric itself draws (projections, positions), so that all rows meet the same.
    """

    name: str
    images: npt.NDArray[np.uint8]
    shown: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]
    known: Reconstructions
    unseen: Reconstructions
    precision: npt.NDArray[np.float64]
    seed: int


@dataclass(frozen=True)
class Shown:
    """How tables and reports show a metric.

    title: if empty, its name without underscores; direction: which values are better; meaning: one line for the
    glossary; order: its place in tables; reference: the one that it is shown against, that of the criterion if empty;
    against: what of the reference it compares with, in words; ladder: its place beside the judged numbers in the
    ladder, from 1, or 0 if it is not there; aspect: if it tells of one aspect alone, such as variety; such metrics have
    a table of their own.
    """

    title: str = ""
    direction: Direction = "neither"
    meaning: str = ""
    order: int = 100
    reference: str = ""
    against: str = "images"
    ladder: int = 0
    aspect: bool = False

    @property
    def arrow(self) -> str:
        """A sign beside the title that says which way is better."""
        return {"lower": "↓", "higher": "↑", "one": "→1", "neither": ""}[self.direction]

    @property
    def heading(self) -> str:
        """Title and sign."""
        return f"{self.title} {self.arrow}".strip()


class Metric(StageConfig, ABC):
    """One way to compare a draw with a reference; its fields are its parameters."""

    space: ClassVar[Space]
    """Where it looks: at the pixels, at the features (of every feature network), or at the latent points."""

    shown: ClassVar[Shown] = Shown()
    """How tables and reports show it."""

    @abstractmethod
    def against(self, reference: Reference) -> Callable[[Draw], Value]:
        """Do once what depends on ``reference`` alone; the function returned gives a draw's value."""

    def caution(self, reference: Reference) -> str:
        """What a reader must know of the values against ``reference``, in a sentence or two; empty if nothing."""
        return ""
