"""One sampler judged by fresh draws at its most promising level, against reconstructions of the training images."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import open_complete, read_array
from storage.files import write_json
from storage.journal import Journal
from tasks.assessment.broken import Cycle
from tasks.assessment.config import AssessConfig
from tasks.assessment.copies import Copies
from tasks.assessment.frechet import alike, debiased, fit
from tasks.assessment.kernel_distance import KernelDistance
from tasks.assessment.metric import Reference
from tasks.assessment.metrics.broken import calibrated
from tasks.assessment.quality import seen
from tasks.assessment.rows import RealImages, Sources, choose
from tasks.assessment.tables import (
    AUTOENCODER,
    DRAW_COLUMNS,
    DrawScore,
    Score,
    read_draws,
    read_scores,
    write_scores,
    write_table,
)
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.compute.devices import choose_device, repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.sampling.config import SampleConfig
from tasks.sampling.points import load_points
from tasks.sampling.registry import SAMPLERS
from tasks.sampling.registry import fit as fit_sampler
from tasks.sampling.sampler import draw_generator, level_label

BLOCK = 500
"""Faces that are decoded and looked at together."""

PIXELS_OF = 1000
"""Held-out images at most whose pixels' variance is taken."""

METRICS = ("fd_debiased", "kid_decoded", "broken", "copied")


class Judge:
    """All metrics of the verdict, prepared against the reconstructions of the training images."""

    def __init__(self, real: RealImages, config: AssessConfig) -> None:
        space = real.spaces[0]
        self.features = space.name
        self._reference: Reference = real.reference("train", space, config)
        known = self._reference.known.features
        self.normal = fit(known)
        self._kernel = KernelDistance(known[: config.reference_count])
        self._broken = calibrated(self._reference)
        self._copies = Copies(known)

    def __call__(self, features: npt.NDArray[np.float32], passed: Cycle, seed: int) -> dict[str, float]:
        """The value of every one of ``METRICS`` for a draw: features (n, f) of its images, and their cycle."""
        values = (
            debiased(features, self.normal, np.random.default_rng(seed)),
            self._kernel(features),
            self._broken.share(passed),
            self._copies(features),
        )
        return dict(zip(METRICS, values, strict=True))


def promising(scores: list[Score], config: AssessConfig) -> str:
    """The label of the level whose faces come closest, of those within the limits if there are any.

    scores: of one sampler, against the training images.
    """
    by_label: dict[str, dict[str, float]] = {}
    for score in scores:
        if score.reference == "train":
            by_label.setdefault(score.label, {}).setdefault(score.metric, score.value)
    allowed = [
        label
        for label, values in by_label.items()
        if values["broken"] <= config.judge.most_broken and values["copied"] <= config.judge.most_copied
    ]
    return min(allowed or by_label, key=lambda label: by_label[label]["fd_decoded"])


def judge_sampler(
    sampler: str,
    sources: Sources,
    baselines: Path,
    quality: Path,
    sampling: SampleConfig,
    config: AssessConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Draw anew with ``sampler``, fitted anew for each draw, and write ``scores.csv`` and ``draws.csv``.

    quality: the folder of its scores at all levels, by which the level is chosen. Finished draws are kept.
    """
    label = promising(read_scores(quality / "scores.csv"), config)
    n, repeats = config.judge.count // config.judge.repeats, config.judge.repeats
    journal = Journal(out)
    journal.log_resumption(f"judge {sampler}", "draws", repeats)
    parts = [out / f"draw-{repeat}.csv" for repeat in range(repeats)]
    with repeatable():
        device = choose_device(config.device)
        autoencoder = load_for_inference(sources.model, device)
        real = RealImages.open(sources, baselines)
        extractors = {real.spaces[0].name: real.spaces[0].extractor(device)}
        points = load_points(sources.dataset, sources.latents, sources.statistics)
        judge = Judge(real, config)
        for repeat in range(repeats):
            if str(repeat) not in journal.kept:
                # Seeds that no stored draw has: those begin with the study's own.
                seed = sampling.seed + 1 + repeat
                fitted = fit_sampler(sampler, points, sampling.settings(sampler), seed)
                level = next(one for one in fitted.levels() if level_label(one) == label)
                z = fitted.draw(draw_generator(SAMPLERS.named(sampler), sampler, level, seed), n, level)
                features, passed = [], []
                for block in np.array_split(z, -(-n // BLOCK)):
                    images = seen(decode_images(autoencoder, block), block, extractors, autoencoder, real)
                    features.append(images.features[judge.features])
                    passed.append(images.cycle)
                whole = Cycle(*(np.concatenate(values) for values in zip(*passed, strict=True)))
                rows = [
                    DrawScore(sampler, label, name, judge.features, "train", repeat, value, n, sampling.seed)
                    for name, value in judge(np.concatenate(features), whole, seed).items()
                ]
                write_table(parts[repeat], DRAW_COLUMNS, rows)
                journal.mark(str(repeat))
            progress(repeat + 1, repeats, label)
    write_scores(out, [row for part in parts for row in read_draws(part)])
    journal.close()
    for part in parts:
        part.unlink()
    return {"sampler": sampler, "level": label, "n": n, "draws": repeats}


def judge_autoencoder(
    sources: Sources, baselines: Path, config: AssessConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write ``autoencoder.json``: whether the autoencoder is worth asking, and what held-out reconstructions get.

    ``references``: training images; ``most_broken``, ``most_copied``: the limits of what is recommended;
    ``error_share``: held-out squared error over the variance of held-out pixels;
    ``decoder_share``: debiased FD of the training reconstructions from the photographs over the total variance of the
    photographs' features; ``features``: the network; ``alike``: whether held-out reconstructions are like those of
    training images; ``heldout``: their values of ``METRICS``, None where undefined.
    """
    with repeatable():
        real = RealImages.open(sources, baselines)
        judge, space = Judge(real, config), real.spaces[0]
        train, held_out = real.of("train"), real.of("heldout")
        decoded = real.reconstructed[space.name]
        photographs = fit(space.features[train])
        cost = debiased(decoded[train], photographs, np.random.default_rng(config.seed))
        values = judge(decoded[held_out], real.cycle.at(held_out), config.seed)
        error = read_array(open_complete(sources.latents / "latents.zarr"), "reconstruction_error")[held_out]
        shown = choose(held_out, min(len(held_out), PIXELS_OF), 1, config.seed, "variance")[0]
        variance = float((real.images(np.sort(shown)) / 255.0).var(axis=0).mean())
    facts = {
        "references": len(train),
        "most_broken": config.judge.most_broken,
        "most_copied": config.judge.most_copied,
        "error_share": float(error.mean(dtype=np.float64)) / variance if variance > 0 else None,
        "decoder_share": _known(cost / float(np.square(photographs.root).sum())),
        "features": space.name,
        "alike": alike(decoded[held_out], decoded[train]),
        "heldout": {name: _known(value) for name, value in values.items()},
    }
    write_json(out / AUTOENCODER, facts)
    progress(1, 1)
    return {name: value for name, value in facts.items() if name != "heldout"}


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
