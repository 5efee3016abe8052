"""The scores of one sampler, level by level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr

from storage.arrays import open_complete, read_array
from storage.journal import Journal
from tasks.assessment.config import AssessConfig
from tasks.assessment.metric import Draw
from tasks.assessment.network import FeatureNetwork, features_of, load_network
from tasks.assessment.rows import REFERENCES, RealImages, Scorer, choose, evaluation_size, read_scores, write_scores
from tasks.devices import choose_device, repeatable
from tasks.errors import InputError
from tasks.progress import Progress, no_progress


def assess_sampler(
    dataset: Path,
    latents: Path,
    features: Path,
    baselines: Path,
    samples: Path,
    config: AssessConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Score every level of the sampler in ``samples`` against both references and write ``scores.csv``.

    Raises ``InputError`` if a level holds fewer points than the draws take.
    """
    drawn = open_complete(samples / "samples.zarr")
    sampler, labels = str(drawn.attrs["sampler"]), [str(label) for label in read_array(drawn, "label")]
    real = RealImages.open(dataset, latents, features, baselines)
    n = evaluation_size(config, real.partition)
    count = drawn["z"].shape[1]  # type: ignore[union-attr]
    if count < n * config.repeats:
        raise InputError(
            f"{sampler} has {count} points per level, {config.repeats} draws of {n} need {n * config.repeats}: "
            f"set sample.count to that or more, or assess.count to {count} or less"
        )
    journal = Journal(out)
    journal.log_resumption(f"assess {sampler}", "levels", len(labels))
    parts = [out / f"level-{level}.csv" for level in range(len(labels))]
    with repeatable():
        network = load_network(features, choose_device(config.device))
        scorers = [Scorer(real, reference, config) for reference in REFERENCES]
        for level, label in enumerate(labels):
            if label not in journal.kept:
                draws = _draws(drawn, level, network, n, config)
                write_scores(parts[level], [row for scorer in scorers for row in scorer.scores(sampler, label, draws)])
                journal.mark(label)
            progress(level + 1, len(labels), label)
    write_scores(out / "scores.csv", [row for part in parts for row in read_scores(part)])
    journal.close()
    for part in parts:
        part.unlink()
    return {"sampler": sampler, "levels": len(labels), "n": n, "draws": config.repeats}


def _draws(drawn: zarr.Group, level: int, network: FeatureNetwork, n: int, config: AssessConfig) -> list[Draw]:
    z, image = drawn["z"], drawn["image"]
    assert isinstance(z, zarr.Array)
    assert isinstance(image, zarr.Array)
    points, images = np.asarray(z[level]), np.asarray(image[level])
    chosen = choose(np.arange(len(points)), n, config.repeats, config.seed, "level")
    return [Draw(images[rows], features_of(network, images[rows]), points[rows]) for rows in chosen]
