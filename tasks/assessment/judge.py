"""One sampler judged by fresh draws at its most promising level, against reconstructions of the training images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits

from storage.arrays import open_complete, read_array
from storage.files import read_json, write_json
from tasks.assessment.broken import PASSED, Cycle
from tasks.assessment.broken import cycle as cycle_of
from tasks.assessment.config import AssessConfig
from tasks.assessment.copies import Copies
from tasks.assessment.frechet import FEWEST_DEBIASED, alike, debiased, fit
from tasks.assessment.instruments import Instruments, open_instruments
from tasks.assessment.kernel_distance import KernelDistance
from tasks.assessment.metrics.broken import calibrated
from tasks.assessment.novelty import known_features
from tasks.assessment.rows import RealImages, Rows, Sources, choose
from tasks.assessment.tables import AUTOENCODER, DrawScore, Score, read_scores, write_scores
from tasks.autoencoder.codec import decode_images, encode_images
from tasks.compute.devices import repeatable
from tasks.compute.held import held
from tasks.compute.progress import Progress, no_progress
from tasks.sampling.config import SampleConfig
from tasks.sampling.points import load_points
from tasks.sampling.registry import SAMPLERS, compared_as_usual
from tasks.sampling.registry import fit as fit_sampler
from tasks.sampling.sampler import Level, Sampler, generator, level_label

BLOCK = 250
"""Faces that are decoded and looked at together."""

RECONSTRUCTED = 100_000
"""Reconstructions at most of either side that are judged as draws are: their distances are then known well enough."""

PIXELS_OF = 1000
"""Held-out images at most whose pixels' variance is taken."""

METRICS = ("fd_debiased", "kid_decoded", "broken", "copied")
"""What is judged, by the names in the tables."""

FAR = 3.0
"""From this multiple of the reconstructions' distance on a level is judged by a quarter as many faces."""


class Seen(NamedTuple):
    """What the judge looks at of n images: features (n, f) float32; the cycle of all of them, or of the first."""

    features: npt.NDArray[np.float32]
    cycle: Cycle

    def split(self, count: int, rng: np.random.Generator) -> list[Seen]:
        """``count`` random parts of about the same size."""
        parts = np.array_split(rng.permutation(len(self.features)), count)
        return [Seen(self.features[rows], self.cycle.at(rows)) for rows in parts]


class Judge:
    """All metrics of the verdict, prepared against the reconstructions of the training images."""

    def __init__(self, real: RealImages, config: AssessConfig) -> None:
        reference = real.reference("train", real.deciding, config)
        known = reference.known.features
        self._normal = fit(known)
        self._kernel = KernelDistance(known.take(np.arange(min(config.reference_count, len(known)))))
        self._broken = calibrated(reference)
        self._copies = Copies(known_features(reference))

    def __call__(self, draws: Sequence[Seen]) -> dict[str, npt.NDArray[np.float64]]:
        """The values (r,) of every one of ``METRICS`` for r independent draws; their means are the estimates."""
        # Products of this size gain nothing from more threads, so each number has a thread of its own.
        with threadpool_limits(1), ThreadPoolExecutor(max(1, torch.get_num_threads())) as threads:
            values = (
                threads.submit(debiased, [draw.features for draw in draws], self._normal),
                threads.submit(lambda: np.array([self._kernel(draw.features) for draw in draws])),
                threads.submit(lambda: np.array([self._broken.share(draw.cycle) for draw in draws])),
                threads.submit(lambda: np.array([self._copies(draw.features) for draw in draws])),
            )
        return {name: value.result() for name, value in zip(METRICS, values, strict=True)}


def promising(scores: list[Score], features: str, config: AssessConfig) -> tuple[str, dict[str, float]]:
    """The level whose faces come closest, of those within the limits if there are any; the distances of all, by label.

    scores: of one sampler; features: of the deciding space, where a metric looks at any.
    """
    by_label: dict[str, dict[str, float]] = {}
    for score in scores:
        if score.reference == "train" and score.features in (features, "pixels"):
            by_label.setdefault(score.label, {})[score.metric] = score.value
    allowed = [
        label
        for label, values in by_label.items()
        if values["broken"] <= config.judge.most_broken and values["copied"] <= config.judge.most_copied
    ]
    distances = {label: values["fd_decoded"] for label, values in by_label.items()}
    return min(allowed or distances, key=lambda label: distances[label]), distances


def reconstructed(scores: list[Score], features: str) -> float:
    """The distance of held-out reconstructions from those of the training images; scores: of the fixed rows."""
    wanted = "reconstruction", "", "fd_decoded", features, "train"
    return next(score.value for score in scores if score.key == wanted)


def judged_levels(fitted: Sampler[Any], label: str, sampler: str) -> dict[str, Level]:
    """The level that was chosen by its ``label``, and the usual one if a planned comparison takes that, by label."""
    chosen = {label: {level_label(level): level for level in fitted.levels()}[label]}
    if sampler in compared_as_usual():
        chosen.setdefault(level_label(fitted.usual()), fitted.usual())
    return chosen


@held
def open_judge(sources: Sources, baselines: Path, config: AssessConfig) -> Judge:
    """The judge of all samplers of a study."""
    return Judge(open_instruments(sources, baselines, config.device).real, config)


def look(blocks: Iterable[npt.NDArray[np.uint8]], instruments: Instruments) -> Seen:
    """All that the judge looks at of the faces of one draw, given in blocks of (n, S, S, 3) uint8."""
    real, autoencoder = instruments.real, instruments.autoencoder
    features, cycles = [], []
    for images in blocks:
        first = images[:PASSED]
        encoded = encode_images(autoencoder, first)
        cycles.append(cycle_of(first, encoded, decode_images(autoencoder, encoded), real.mean, real.precision))
        features.append(instruments.deciding(images))
    return Seen(np.concatenate(features), Cycle(*map(np.concatenate, zip(*cycles, strict=True))))


def judge_sampler(
    sampler: str,
    sources: Sources,
    baselines: Path,
    quality: Path,
    sampling: SampleConfig,
    config: AssessConfig,
    out: Path,
    progress: Progress = no_progress,
    samples: Path | None = None,
) -> dict[str, Any]:
    """Draw anew with ``sampler``, fitted anew for each draw, and write ``scores.csv`` and ``draws.csv``.

    quality: the folder of its scores at all levels, by which the level is chosen. A sampler that is compared as planned
    is judged at its usual level too; a level that the stored draws show to be far off gets a quarter as many faces, as
    a large distance is known well by few. The draws of all samplers come from the same random numbers, so far as their
    construction allows: differences are less uncertain than their parts.

    samples: where a learned sampler's fit lies. That takes minutes, so all its draws come from this one fit, and their
    intervals leave out how much fits differ; ``fits`` says so in what is returned.
    """
    instruments, repeats = open_instruments(sources, baselines, config.device), config.judge.repeats
    space = instruments.real.deciding
    label, distances = promising(read_scores(quality / "scores.csv"), space.name, config)
    far = FAR * reconstructed(read_scores(baselines / "scores.csv"), space.name)
    drawn: dict[str, list[Seen]] = {}
    with repeatable():
        points = load_points(sources.dataset, sources.latents, sources.statistics)
        judge, settings = open_judge(sources, baselines, config), sampling.settings(sampler)
        # As they were drawn: a fit from another random start may not attain the same.
        levels = judged_levels(fit_sampler(sampler, points, settings, sampling.seed, samples), label, sampler)
        shares = {name: 4 if distances.get(name, 0.0) > far else 1 for name in levels}
        counts = {
            name: -(-max(config.judge.count // share, FEWEST_DEBIASED) // repeats) for name, share in shares.items()
        }

        for repeat in range(repeats):
            # Named, so that no stored draw and no study with another seed has the same random numbers.
            seed = int(generator(sampling.seed, "judge", str(repeat)).integers(2**31))
            fitted = fit_sampler(sampler, points, settings, seed, samples)
            for name, level in levels.items():
                z = fitted.draw(np.random.default_rng(seed), counts[name], level)
                blocks = np.array_split(z, -(-len(z) // BLOCK))
                faces = (decode_images(instruments.autoencoder, block) for block in blocks)
                drawn.setdefault(name, []).append(look(faces, instruments))
            progress(repeat + 1, repeats, label)
        rows = [
            DrawScore(sampler, name, metric, space.name, "train", draw, float(value), counts[name], sampling.seed)
            for name, draws in drawn.items()
            for metric, values in judge(draws).items()
            for draw, value in enumerate(values)
        ]
    write_scores(out, rows)
    fits = 1 if SAMPLERS.named(sampler).learned else repeats
    return {"sampler": sampler, "level": label, "n": counts[label], "draws": repeats, "fits": fits}


def judge_autoencoder(
    sources: Sources, baselines: Path, config: AssessConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``autoencoder.json``: whether the autoencoder is worth asking, and what held-out reconstructions get.

    ``references``: training images; ``most_broken``, ``most_copied``: the limits of what is recommended;
    ``error_share``: held-out squared error over the variance of held-out pixels; ``pca_share``: the same of a PCA with
    as many components, None where there is none;
    ``decoder_share``: debiased FD of the training reconstructions from the photographs over the total variance of the
    photographs' features; ``features``: the network; ``alike``: whether held-out reconstructions are like those of
    training images; ``heldout``: their values of ``METRICS``, None where undefined.
    """
    with repeatable():
        real = open_instruments(sources, baselines, config.device).real
        judge, space = open_judge(sources, baselines, config), real.deciding
        train, held_out = real.of("train"), real.of("heldout")
        decoded = real.reconstructed[space.name]
        photographs = fit(space.features.at(train))
        rng, repeats = np.random.default_rng(config.seed), config.judge.repeats
        known, unseen = (
            # A part of one image has no distribution.
            Seen(decoded.take(rows), real.cycle.at(rows)).split(min(repeats, len(rows) // 2), rng)
            for rows in (_some(train, config.seed), _some(held_out, config.seed))
        )
        cost = float(debiased([part.features for part in known], photographs).mean())
        values = {name: float(found.mean()) for name, found in judge(unseen).items()}
        error = read_array(open_complete(sources.latents / "latents.zarr"), "reconstruction_error")[held_out]
        shown = choose(held_out, min(len(held_out), PIXELS_OF), 1, config.seed, "variance")[0]
        # Of whole numbers, so that images that are all alike have none at all.
        variance = float(real.images(np.sort(shown)).var(axis=0, dtype=np.float64).mean()) / 255**2
        total = float(np.square(photographs.root).sum())
    baseline = sources.model / "yardstick.json"
    linear = read_json(baseline)["pca"]["mse"] if baseline.exists() else None
    facts = {
        "references": len(train),
        "most_broken": config.judge.most_broken,
        "most_copied": config.judge.most_copied,
        "error_share": float(error.mean(dtype=np.float64)) / variance if variance > 0 else None,
        "pca_share": linear / variance if linear is not None and variance > 0 else None,
        "decoder_share": _known(cost / total) if total > 0 else None,
        "features": space.name,
        "alike": alike(decoded.at(held_out), decoded.at(train)),
        "heldout": {name: _known(value) for name, value in values.items()},
    }
    write_json(out / AUTOENCODER, facts)
    progress(1, 1)
    return {name: value for name, value in facts.items() if name != "heldout"}


def _some(rows: Rows, seed: int) -> Rows:
    """``RECONSTRUCTED`` of the ``rows`` at random, ascending, or all."""
    return rows if len(rows) <= RECONSTRUCTED else np.sort(choose(rows, RECONSTRUCTED, 1, seed, "reconstructed")[0])


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
