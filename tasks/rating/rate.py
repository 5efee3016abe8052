"""The rate stage: every level of a sampler against held-out points, and the most promising one by fresh draws."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from storage.arrays import open_complete, read_array
from storage.files import read_json, write_json
from tasks.assessment.tables import DRAW_COLUMNS, DRAWS, JUDGED, DrawScore, write_table
from tasks.compute.progress import Progress, no_progress
from tasks.rating.apart import by_neighbours, by_trees
from tasks.rating.config import TRAINING, RateConfig, RatingConfig
from tasks.rating.distances import coverage, energy_distance, sliced_wasserstein, squared_distances
from tasks.rating.truth import Truth
from tasks.sampling.registry import fit
from tasks.sampling.sampler import Level, Sampler, generator, level_label

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Numbers = dict[str, float]

TRUTH = "truth.json"
SIDE = "heldout"

SEARCHED = 200
"""Points of each draw whose nearest training point is looked for, among all of them."""


def compare(truth: Truth, drawn: Float32, held_out: Float32, number: int) -> Numbers:
    """Every measure of ``drawn`` beside ``held_out``, both (n, d). Distances are in units of ``truth.scale``."""
    config, scale = truth.config, truth.scale
    both = np.concatenate([drawn, held_out]).astype(np.float64) / scale
    squared = squared_distances(both)
    neighbours = by_neighbours(squared, min(config.neighbours, len(both) - 2))
    seed = config.seed + number
    trees = by_trees(truth.points.whiten(drawn), truth.points.whiten(held_out), config.folds, seed)
    rng = np.random.default_rng([config.seed, number])
    n = len(drawn)
    return {
        "auc_trees": trees.auc,
        "accuracy_trees": trees.accuracy,
        "auc_neighbours": neighbours.auc,
        "accuracy_neighbours": neighbours.accuracy,
        "energy": energy_distance(squared),
        "swd": sliced_wasserstein(both[:n], both[n:], config.directions, rng),
        "coverage": coverage(squared, config.neighbours),
    }


def told_apart(numbers: Mapping[str, float]) -> float:
    """How well a draw is told from held-out points by the better of the two classifiers."""
    return max(numbers["auc_trees"], numbers["auc_neighbours"])


def promise(numbers: Mapping[str, float], most_copied: float) -> tuple[bool, float, float]:
    """By what levels are ordered, the most promising first: copies, how well they are told apart, energy distance.

    Where classifiers hardly tell two levels from each other, as where they recognise all draws of both, the distance
    still does.
    """
    return numbers["copied"] > most_copied, round(told_apart(numbers), 2), numbers["energy"]


def newness(truth: Truth, drawn: Float32, known: Mapping[str, Any]) -> list[Numbers]:
    """Share of copies and novelty of the first ``SEARCHED`` of each draw (n, d) of ``drawn`` (draws, n, d)."""
    searched, unit = drawn[:, :SEARCHED], known["unseen"]
    distances = truth.points.neighbours.distance(searched.reshape(-1, searched.shape[2])).reshape(len(searched), -1)
    return [
        {
            "copied": float((distance <= known["copy"]).mean()),
            "novelty": float(distance.mean()) / unit if unit else math.nan,
        }
        for distance in distances
    ]


def likelihood(sampler: Sampler[Any], z: Float32, level: Level) -> Numbers:
    """Mean log density of ``z`` (n, d) in nats per varying component; nothing where the sampler has no density."""
    density = sampler.log_density(z.astype(np.float64), level)
    return {} if density is None else {"nats": float(np.mean(density)) / int(sampler.points.varying.sum())}


class _Rows:
    """Gathers rows of one sampler's table."""

    def __init__(self, sampler: str, config: RateConfig, n: int) -> None:
        self._sampler, self._seed, self._n = sampler, config.seed, n
        self.rows: list[DrawScore] = []

    def add(self, label: str, draw: int, numbers: Mapping[str, float]) -> None:
        """One draw's numbers."""
        self.rows += [
            DrawScore(self._sampler, label, name, "latent", SIDE, draw, value, self._n, self._seed)
            for name, value in numbers.items()
        ]


def _each(work: Any, items: list[Any]) -> list[Any]:
    """``work(item)`` of each, in order, on all processors: the trees leave the interpreter free for most of it."""
    with threadpool_limits(1), ThreadPoolExecutor(min(len(items), os.cpu_count() or 1)) as pool:
        return list(pool.map(work, items))


def rate_training(
    dataset: Path, latents: Path, statistics: Path, config: RateConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write the fixed row, training points against held-out ones, and what copies and novelty are measured by."""
    truth = Truth.open(dataset, latents, statistics, config)
    known = truth.yardstick()
    training, held_out = truth.chosen(truth.points.z_train), truth.chosen(truth.held_out)
    rows = _Rows(TRAINING, config, truth.count)

    def numbers(draw: int) -> Numbers:
        return compare(truth, training[draw], held_out[draw], draw)

    for draw, found in enumerate(_each(numbers, list(range(config.repeats)))):
        rows.add("all", draw, found)
        progress(draw + 1, config.repeats, "training points")
    facts = {
        **known,
        "training": len(truth.points.z_train),
        "held_out": len(truth.held_out),
        "components": truth.points.dimension,
        "scale": truth.scale,
        "most_copied": config.most_copied,
    }
    write_table(out / JUDGED, DRAW_COLUMNS, rows.rows)
    write_table(out / DRAWS, DRAW_COLUMNS, [])
    write_json(out / TRUTH, facts)
    return facts


def rate(
    dataset: Path,
    latents: Path,
    statistics: Path,
    samples: Path,
    training: Path,
    config: RatingConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write ``draws.csv``, the stored draws of every level, and ``judged_draws.csv``, fresh draws at one level.

    samples: what was drawn; training: what ``rate_training`` wrote. The level is the one whose stored draws are told
    from held-out points least, of those without too many copies (``promise``).
    """
    rating, sampler = config.rate, config.sampler
    truth, known = Truth.open(dataset, latents, statistics, rating), read_json(training / TRUTH)
    held_out = truth.chosen(truth.held_out)
    group = open_complete(samples / "samples.zarr")
    labels = [str(label) for label in read_array(group, "label")]
    z = read_array(group, "z")[:, : truth.count]
    fitted = fit(sampler, truth.points, config.sample.settings(sampler), config.sample.seed, samples)

    new = newness(truth, z, known)

    def of_level(position: int) -> Numbers:
        beside = held_out[-1][: z.shape[1]]
        return {**compare(truth, z[position], beside, rating.repeats), **new[position]}

    stored = _each(of_level, list(range(len(labels))))
    rows = _Rows(sampler, rating, z.shape[1])
    for label, found in zip(labels, stored, strict=True):
        rows.add(label, 0, found)
    progress(1, 2, "levels compared")
    best = min(range(len(labels)), key=lambda place: promise(stored[place], rating.most_copied))
    level = next(level for level in fitted.levels() if level_label(level) == labels[best])
    rng = generator(rating.seed, "rate", sampler, labels[best])
    fresh = fitted.draw(rng, truth.count * rating.repeats, level).reshape(rating.repeats, truth.count, -1)

    new_drawn = newness(truth, fresh, known)

    def of_draw(draw: int) -> Numbers:
        return {
            **compare(truth, fresh[draw], held_out[draw], draw),
            **new_drawn[draw],
            **likelihood(fitted, held_out[draw], level),
        }

    judged = _Rows(sampler, rating, truth.count)
    for draw, found in enumerate(_each(of_draw, list(range(rating.repeats)))):
        judged.add(labels[best], draw, found)
    write_table(out / DRAWS, DRAW_COLUMNS, rows.rows)
    write_table(out / JUDGED, DRAW_COLUMNS, judged.rows)
    progress(2, 2, labels[best])
    return {"levels": len(labels), "level": labels[best], "draws": rating.repeats, "points": truth.count}
