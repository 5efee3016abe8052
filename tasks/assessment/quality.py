"""The scores of one sampler, level by level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array
from storage.journal import Journal
from tasks.assessment.broken import PASSED, cycle
from tasks.assessment.config import AssessConfig
from tasks.assessment.instruments import Instruments, open_instruments, open_scorer
from tasks.assessment.rows import Sources, choose, evaluation_size
from tasks.assessment.scorer import Images
from tasks.assessment.tables import DRAW_COLUMNS, read_draws, write_scores, write_table
from tasks.autoencoder.codec import decode_images, encode_images
from tasks.compute.devices import repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError


def assess_sampler(
    sources: Sources,
    baselines: Path,
    samples: Path,
    config: AssessConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Score every level of the sampler in ``samples`` against both references: ``scores.csv`` and ``draws.csv``.

    Raises ``InputError`` if a level holds fewer points than the draws take.
    """
    drawn = open_complete(samples / "samples.zarr")
    sampler, labels = str(drawn.attrs["sampler"]), [str(label) for label in read_array(drawn, "label")]
    instruments = open_instruments(sources, baselines, config.device)
    n = evaluation_size(config, instruments.real.partition)
    count = drawn["z"].shape[1]  # type: ignore[union-attr]
    if count < n * config.repeats:
        raise InputError(
            f"{sampler} has {count} points per level, but {config.repeats} draws of {n} need {n * config.repeats}: "
            f"set sample.count to that or more, or assess.count to {count} or less"
        )
    journal = Journal(out)
    journal.log_resumption(f"assess {sampler}", "levels", len(labels))
    parts = [out / f"level-{level}.csv" for level in range(len(labels))]
    with repeatable():
        scorer = open_scorer(sources, baselines, config)
        for level, label in enumerate(labels):
            if label not in journal.kept:
                draws = _draws(drawn, level, instruments, n, config)
                write_table(parts[level], DRAW_COLUMNS, scorer.scores(sampler, label, draws))
                journal.mark(label)
            progress(level + 1, len(labels), label)
    write_scores(out, [row for part in parts for row in read_draws(part)])
    journal.close()
    for part in parts:
        part.unlink()
    return {"sampler": sampler, "levels": len(labels), "n": n, "draws": config.repeats}


def _draws(drawn: zarr.Group, level: int, instruments: Instruments, n: int, config: AssessConfig) -> list[Images]:
    z, image = drawn["z"], drawn["image"]
    assert isinstance(z, zarr.Array)
    assert isinstance(image, zarr.Array)
    points, images = np.asarray(z[level]), np.asarray(image[level])
    chosen = choose(np.arange(len(points)), n, config.repeats, config.seed, "level")
    return [seen(images[rows], points[rows], instruments) for rows in chosen]


def seen(images: npt.NDArray[np.uint8], points: npt.NDArray[np.float32], instruments: Instruments) -> Images:
    """All that metrics look at of ``images`` (n, S, S, 3) uint8, decoded from ``points`` (n, d)."""
    real, autoencoder = instruments.real, instruments.autoencoder
    encoded = encode_images(autoencoder, images)
    features = {name: extract(images) for name, extract in instruments.extractors.items()}
    first = encoded[:PASSED]
    passed = cycle(images[:PASSED], first, decode_images(autoencoder, first), real.mean, real.precision)
    return Images(images, features, points, encoded, passed)
