"""Drawing from a finished study, with images or of points alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tasks.sampling.conditioned import LinearNormal
from tasks.sampling.config import SampleConfig
from tasks.sampling.guided import GuidedFlow
from tasks.sampling.labels import Asked, Labels, load_labels
from tasks.sampling.points import Points
from tasks.sampling.registry import SAMPLERS, fit
from tasks.sampling.sampler import Level, Sampler, Value, draw_generator, generator, level_label
from tasks.sampling.variations import variations
from tasks.stage.errors import InputError

Z = npt.NDArray[np.float32]

MOST_GUIDANCE = 10
"""Guidance beyond this leaves all real points far behind."""


class Recommended(Protocol):
    """What a study recommends to draw with."""

    @property
    def sampler(self) -> str:
        """The sampler's name."""

    @property
    def level(self) -> Level:
        """Its level."""


class Drawing(ABC):
    """Draws with any sampler at any level. What takes time is done when first asked for, and kept."""

    def __init__(self, sampling: SampleConfig, drawn: Mapping[str, Path]) -> None:
        """``sampling``: the settings and the seed of the study's own samples; ``drawn``: their folders, by sampler."""
        self._sampling, self._drawn = sampling, drawn
        self._fitted: dict[str, Sampler[Any]] = {}
        self._fitting = RLock()

    @property
    @abstractmethod
    def points(self) -> Points:
        """The training points and every array of the statistics."""

    @property
    @abstractmethod
    def dataset(self) -> Path:
        """The folder with what is known of every image, or of every point."""

    guided_folder: Path | None = None
    """The folder of a flow given attributes, if the study trained one."""

    @cached_property
    def labels(self) -> Labels:
        """The attributes of the training points. Raises ``InputError`` if the data set has none."""
        return load_labels(self.dataset)

    @property
    @abstractmethod
    def recommendation(self) -> Recommended:
        """The sampler and level of the study's verdict. Raises ``InputError`` that says why if there is none."""

    @property
    def samplers(self) -> tuple[str, ...]:
        """The names of all samplers that need no training or were trained, from the naive to the informed."""
        kinds = SAMPLERS.every().items()
        return tuple(name for name, kind in kinds if not (kind.learned or kind.on_request) or name in self._drawn)

    def parameters(self, sampler: str) -> dict[str, Value]:
        """The parameters of a sampler and the values they have when not given."""
        return dict(self.fitted(sampler).usual())

    def fitted(self, sampler: str) -> Sampler[Any]:
        """The sampler ``sampler`` fitted to the training points with the study's own settings and seed.

        Raises ``InputError`` that lists the known samplers, and for one that this study did not train.
        """
        folder = self._drawn.get(sampler)
        if SAMPLERS.named(sampler).learned and folder is None:
            raise InputError(
                f"{sampler} takes a training, which this study does not have: run it again with --set "
                f"sample.samplers=[default,{sampler}]"
            )
        with self._fitting:
            if sampler not in self._fitted:
                config = self._sampling
                self._fitted[sampler] = fit(sampler, self.points, config.settings(sampler), config.seed, folder)
            return self._fitted[sampler]

    def level_called(self, sampler: str, label: str) -> Level:
        """The level of ``sampler`` with that label. Raises ``InputError`` where the study's settings have none."""
        for level in self.fitted(sampler).levels():
            if level_label(level) == label:
                return level
        raise InputError(f"{sampler} has no level {label!r} any more; choose one with --sampler NAME")

    def choose(self, sampler: str | None, level: Mapping[str, Any] | None = None) -> tuple[str, Level]:
        """The sampler and level to draw with: those that are named, or the study's own recommendation.

        What ``level`` does not mention has its usual value. Raises ``InputError`` for an unknown sampler or parameter,
        for a value that it cannot have, and where nothing is named and nothing can be recommended.
        """
        if sampler is not None:
            fitted = self.fitted(sampler)
            try:
                return sampler, fitted.requested(level or {})
            except InputError as error:
                raise InputError(f"{sampler}: {error}") from None
        if level:
            raise InputError(
                f"{', '.join(level)}: a level needs its sampler (--sampler NAME); without either, the recommended "
                "sampler comes at its best level"
            )
        return self.recommendation.sampler, self.recommendation.level

    def draw(
        self,
        sampler: str | None = None,
        count: int = 8,
        seed: int = 0,
        *,
        attributes: Asked | None = None,
        guidance: float | None = None,
        **level: Value,
    ) -> Z:
        """Draw z (count, d) float32, such as ``draw("uniform_component", 8, fact=1.5)``; as recommended if not named.

        With the study's own seed and count these are the points of its samples artifact. ``attributes``: draw those
        that have them, such as ``{"Smiling": 1, "Eyeglasses": -1}`` (1 with, -1 without), from normal distributions
        given attributes, or from the flow that the study trained for it; ``guidance`` of that flow, 1 if not given.
        Raises ``InputError`` as ``choose`` does, and as ``Labels.group`` for attributes.
        """
        check_draw(count, seed)
        if attributes:
            if sampler is not None or level:
                raise InputError(
                    f"{sampler or ', '.join(level)}: faces with attributes are drawn in a way of their own; give "
                    "attributes, or a sampler and its level"
                )
            words = [f"{name}={value}" for name, value in sorted(attributes.items())]
            rng = generator(seed, "conditioned", *words)
            if guidance is None and self.guided is None:
                return self.conditioned.draw(rng, count, attributes)
            return self._guide(rng, count, attributes, guidance)
        if guidance is not None:
            raise InputError(f"guidance={guidance:g} goes with attributes that are asked for")
        name, chosen = self.choose(sampler, level)
        return self.fitted(name).draw(draw_generator(SAMPLERS.named(name), name, chosen, seed), count, chosen)

    @cached_property
    def conditioned(self) -> LinearNormal:
        """Draws points with attributes. Raises ``InputError`` if the data set has none."""
        return LinearNormal(self.points, self.labels)

    @cached_property
    def guided(self) -> GuidedFlow | None:
        """Draws points with attributes by the flow that the study trained; None where it trained none."""
        if self.guided_folder is None:
            return None
        flow = GuidedFlow(self.points, self.labels)
        flow.learn(self.guided_folder)
        return flow

    def _guide(self, rng: np.random.Generator, count: int, attributes: Asked, guidance: float | None) -> Z:
        guidance = 1.0 if guidance is None else guidance
        if self.guided is None:
            raise InputError(
                f"guidance={guidance:g} is of a flow given attributes, which this study did not train: run it again "
                "with --set order.guided=true"
            )
        if not 0 <= guidance <= MOST_GUIDANCE:
            raise InputError(f"guidance={guidance:g}: between 0 (attributes are ignored) and {MOST_GUIDANCE}")
        return self.guided.draw(rng, count, attributes, guidance)

    def vary(self, z: Z, distance: float = 0.5, count: int = 8, seed: int = 0) -> Z:
        """Points (count, d) float32 around ``z`` (d,), at a share of its distance to a stranger; see ``variations``."""
        check_draw(count, seed)
        if np.shape(z) != (self.points.dimension,):
            raise InputError(f"the point to vary has the shape ({self.points.dimension},), not {np.shape(z)}")
        if not 0 < distance <= 1:
            raise InputError(f"distance={distance:g}: above 0 (the face itself) and at most 1 (strangers)")
        return variations(self.points, z, distance, count, generator(seed, "variations"))


def check_draw(count: int, seed: int) -> None:
    """Raise ``InputError`` for what cannot be a count or a seed."""
    if count < 1 or seed < 0:
        raise InputError(f"count={count}, seed={seed}: count must be at least 1, seed at least 0")
