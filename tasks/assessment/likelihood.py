"""How likely held-out points are under the density of a sampler, in nats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import finish, open_complete, open_for_writing, read_array, read_rows, stored_array, write_array
from storage.files import read_json, write_json
from tasks.assessment.tables import LIKELIHOOD_FACTS as FACTS
from tasks.assessment.tables import LIKELIHOODS
from tasks.compute.devices import repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.ingestion.partition import TRAIN
from tasks.sampling import density
from tasks.sampling.config import SampleConfig
from tasks.sampling.points import load_points
from tasks.sampling.registry import fit
from tasks.sampling.sampler import level_label

MOST = 4000
"""Held-out points at most, chosen at random, whose density is taken."""

Floats = npt.NDArray[np.float64]


def measure_likelihood(
    sampler: str,
    dataset: Path,
    latents: Path,
    statistics: Path,
    sampling: SampleConfig,
    out: Path,
    progress: Progress = no_progress,
    samples: Path | None = None,
) -> dict[str, Any]:
    """Write the log densities of held-out points under ``sampler`` at all its levels to ``out/likelihoods.zarr``.

    ``sampler``, ``label`` (way), ``log_density`` (way, row) float64 in nats; ``row`` (row) int64 in the data set;
    ``normal`` (row): under the normal distribution with the training points' mean and covariance. A sampler whose
    density diverged, or is not finite, has no ways, and ``likelihoods.json`` says why. samples: where a learned fit
    lies.
    """
    points = load_points(dataset, latents, statistics)
    held_out = np.flatnonzero(read_array(open_complete(dataset / "images.zarr"), "partition") != TRAIN)
    rows = np.sort(np.random.default_rng(0).permutation(held_out)[:MOST])
    z = read_rows(stored_array(open_complete(latents / "latents.zarr"), "z"), rows).astype(np.float64)
    normal = density.normal(z, points.mean, points.axes) if points.spans else np.zeros(len(z))
    found: dict[str, Floats] = {}
    why = "" if points.spans else "the training points do not span the space of the components that vary"
    if points.spans:
        with repeatable():
            fitted = fit(sampler, points, sampling.settings(sampler), sampling.seed, samples)
            for level in fitted.levels():
                values = fitted.log_density(z, level)
                if values is None:
                    why = "its fit diverged" if fitted.facts().get("diverged") else "it has none on these points"
                    break
                if not np.isfinite(values).all():
                    why = f"it is not finite at {int((~np.isfinite(values)).sum())} of {len(z)} held-out points"
                    break
                found[level_label(level)] = values
    if why:
        found = {}
    write_likelihoods(out, [(sampler, label, values) for label, values in found.items()], normal, rows)
    components = int(points.varying.sum())
    absent = {sampler: why} if why else {}
    write_json(out / FACTS, {"components": components, "points": len(rows), "absent": absent})
    progress(1, 1)
    nats = {label: float(values.mean()) / components for label, values in found.items()}
    return {"sampler": sampler, "points": len(rows), "nats_per_component": nats} | ({"absent": why} if why else {})


def write_likelihoods(
    folder: Path, ways: list[tuple[str, str, Floats]], normal: Floats, rows: npt.NDArray[np.int64]
) -> None:
    """Write ``likelihoods.zarr``: sampler, label and log densities (row,) of each way of drawing, if there are any."""
    if not ways:
        return
    group = open_for_writing(folder / LIKELIHOODS)
    samplers, labels, values = zip(*ways, strict=True)
    write_array(group, "sampler", list(samplers), ("way",))
    write_array(group, "label", list(labels), ("way",))
    write_array(group, "log_density", np.stack(values), ("way", "row"))
    write_array(group, "normal", normal, ("row",))
    write_array(group, "row", rows.astype(np.int64), ("row",))
    finish(folder / LIKELIHOODS)


def gather_likelihoods(parts: Sequence[Path], out: Path) -> None:
    """Write the ways of all ``parts``, in their order, and what is absent; nothing where there are no parts."""
    if not parts:
        return
    facts = [read_json(part / FACTS) for part in parts]
    opened = [open_complete(part / LIKELIHOODS) for part in parts if (part / LIKELIHOODS).exists()]
    names = ("sampler", "label", "log_density")
    ways = [way for group in opened for way in zip(*(read_array(group, name) for name in names), strict=True)]
    if opened:
        write_likelihoods(out, ways, read_array(opened[0], "normal"), read_array(opened[0], "row"))
    absent = {sampler: why for one in facts for sampler, why in one["absent"].items()}
    write_json(out / FACTS, {**facts[0], "absent": absent})
