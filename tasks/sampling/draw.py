"""Draw from one sampler at every level of its sweep, and say where the draws lie among the real points."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import finish, open_for_writing
from storage.journal import Journal
from tasks.compute.progress import Progress, no_progress
from tasks.sampling.config import SampleConfig
from tasks.sampling.places import create_layout, places
from tasks.sampling.points import Points, load_points
from tasks.sampling.registry import SAMPLERS, fit
from tasks.sampling.sampler import draw_generator, level_label

log = logging.getLogger("latentfaces")

Decode: TypeAlias = Callable[[int, npt.NDArray[np.float32], Callable[[int], None]], None]
"""Decodes the draws of a level, by its position, and tells how many images are on disk."""


def draw_levels(
    sampler: str,
    points: Points,
    config: SampleConfig,
    out: Path,
    prepare: Callable[[zarr.Group, int], Decode] | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write ``out/samples.zarr``: ``config.count`` points per level of ``sampler`` with their distances.

    ``prepare``: called with the group and the number of levels, gives what decodes the draws of each; None: nothing is
    decoded, and no nearest training points are listed. Levels are those that the points allow: one that cannot be had
    is drawn, once, as what it comes to. A level found finished in ``out`` is kept. Raises ``InputError`` for a sampler
    that does not exist.
    """
    kind, settings = SAMPLERS.named(sampler), config.settings(sampler)
    fitted = fit(sampler, points, settings, config.seed, out, progress)
    levels = fitted.levels()
    if shortfall := fitted.shortfall():
        log.warning("sample %s: %s", sampler, shortfall)
    for asked, drawn in fitted.reduced().items():
        log.warning("sample %s: %s is drawn as %s: %s", sampler, asked, drawn, fitted.limit())
    journal = Journal(out)
    journal.log_resumption(f"sample {sampler}", "levels", len(levels))
    # Whose faces a drawn one resembles; without faces the search would take longer than all the rest.
    neighbours = min(config.neighbours, len(points.z_train)) if prepare is not None else None
    if neighbours is not None and neighbours < config.neighbours:
        log.warning("sample %s: only %d training points, so only as many neighbours", sampler, neighbours)

    group = open_for_writing(out / "samples.zarr")
    arrays = create_layout(group, levels, config.count, points.dimension, neighbours)
    decode = prepare(group, len(levels)) if prepare is not None else None
    for position, level in enumerate(levels):
        label, done, total = level_label(level), position * config.count, len(levels) * config.count

        def told(stored: int, done: int = done, total: int = total, label: str = label) -> None:
            progress(done + stored, total, label)

        if label not in journal.kept:
            z = fitted.draw(draw_generator(kind, sampler, level, config.seed), config.count, level)
            for name, values in places(z, points, neighbours).items():
                arrays[name][position] = values
            if decode is not None:
                decode(position, z, told)
            journal.mark(label)
        told(config.count)
    group.attrs.update(
        {
            "sampler": sampler,
            "description": kind.description(),
            "parameters": list(settings.parameters()),
            **({} if neighbours is None else {"neighbours": neighbours}),
            "facts": fitted.facts(),
            "reduced": fitted.reduced(),
            "limit": fitted.limit(),
        }
    )
    finish(out / "samples.zarr")
    journal.close()
    return {"levels": len(levels), "points": len(levels) * config.count, "training_points": len(points.z_train)}


def draw(
    sampler: str,
    dataset: Path,
    latents: Path,
    statistics: Path,
    config: SampleConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """``draw_levels`` of points without a decoder."""
    return draw_levels(sampler, load_points(dataset, latents, statistics), config, out, progress=progress)
