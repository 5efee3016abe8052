"""Which samplers there are: the files in ``tasks/sampling/samplers``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks.compute.progress import Progress, no_progress
from tasks.sampling import samplers
from tasks.sampling.points import Points
from tasks.sampling.sampler import Sampler, SamplerConfig
from tasks.stage.registry import Registry

LAYOUT = frozenset({"label", "z", "image", "euclidean", "mahalanobis", "neighbour", "neighbour_distance"})
"""The arrays of every samples artifact; a swept parameter gets an array too and cannot have these names."""


def _check_parameters(kind: type[Sampler[Any]]) -> None:
    clash = LAYOUT & set(kind.config_model.parameters())
    if clash:
        raise TypeError(f"{inspect.getfile(kind)}: a swept parameter cannot be called {sorted(clash)}, rename it")


SAMPLERS: Registry[Sampler[Any]] = Registry(samplers, Sampler, "sampler", _check_parameters)  # type: ignore[type-abstract]


def class_of(name: str) -> type[Sampler[Any]]:
    """The class of the sampler ``name``; the base, which says nothing of itself, where its file is gone."""
    return SAMPLERS.every().get(name, Sampler)


def _first(holds: Callable[[type[Sampler[Any]]], bool]) -> str:
    return next((name for name, kind in SAMPLERS.every().items() if holds(kind)), "")


def reference_case() -> str:
    """The name of the sampler that others are measured by; empty if there is none."""
    return _first(lambda kind: kind.reference_case)


def prior() -> str:
    """The name of the sampler that draws from what would be the encoder's prior; empty if there is none."""
    return _first(lambda kind: kind.prior)


def correcting() -> str:
    """The name of the sampler that can move any points, not only its own draws; empty if there is none."""
    return _first(lambda kind: hasattr(kind, "correct"))


def has_density(name: str) -> bool:
    """Whether the sampler called ``name`` can say how likely a point is."""
    return class_of(name).log_density is not Sampler.log_density


def compared_as_usual() -> set[str]:
    """The samplers that a planned comparison takes at their usual level rather than at their best."""
    asked = {name: kind.question for name, kind in SAMPLERS.every().items() if kind.question is not None}
    return {one for name, question in asked.items() if question.same_level for one in (name, question.against)}


def fit(
    name: str,
    points: Points,
    config: SamplerConfig,
    seed: int,
    folder: Path | None = None,
    progress: Progress = no_progress,
) -> Sampler[Any]:
    """The sampler ``name`` fitted to ``points``; its base, if it has one, has that sampler's own defaults.

    folder: where a learned fit is kept, and found again; None keeps nothing.
    """
    fitted = SAMPLERS.named(name)(points, config, seed)
    fitted.learn(folder, progress)
    base = config.base_sampler()
    if base is not None:
        fitted.base = fit(base, points, SAMPLERS.named(base).config_model(), seed)
    return fitted
