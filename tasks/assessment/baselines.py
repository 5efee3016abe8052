"""The fixed rows of every table: real images and reconstructions, each of the partition that is not the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import finish, open_complete, read_array
from storage.journal import Journal
from tasks.assessment.config import AssessConfig
from tasks.assessment.features import write_blocks
from tasks.assessment.metric import Draw
from tasks.assessment.network import features_of, load_network
from tasks.assessment.rows import REFERENCES, RealImages, Rows, Score, Scorer, evaluation_size, write_scores
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.codec import decode_images
from tasks.autoencoder.network import Autoencoder
from tasks.devices import choose_device, repeatable
from tasks.progress import Progress, no_progress


def assess_baselines(
    dataset: Path,
    model: Path,
    latents: Path,
    features: Path,
    config: AssessConfig,
    out: Path,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Write the features of every reconstruction to ``reconstructions.zarr`` and the fixed rows to ``scores.csv``."""
    n = evaluation_size(config, read_array(open_complete(dataset / "images.zarr"), "partition"))
    device = choose_device(config.device)
    with repeatable():
        autoencoder, network = load_autoencoder(model, device), load_network(features, device)
        z = read_array(open_complete(latents / "latents.zarr"), "z")

        def block(rows: slice) -> npt.NDArray[np.float32]:
            return features_of(network, decode_images(autoencoder, z[rows]))

        write_blocks(out, "reconstructions.zarr", len(z), block, "assess reconstructions", progress)
        finish(out / "reconstructions.zarr")
        real = RealImages.open(dataset, latents, features, out)
        scores = [score for reference in REFERENCES for score in _fixed_rows(real, reference, autoencoder, config)]
    write_scores(out / "scores.csv", scores)
    Journal(out).close()
    return {"n": n, "draws": config.repeats, "features": real.network}


def _fixed_rows(real: RealImages, reference: str, autoencoder: Autoencoder, config: AssessConfig) -> list[Score]:
    scorer = Scorer(real, reference, config)
    draws = real.unseen(reference, config)
    photographs = [Draw(real.images(rows), real.features[rows], real.z[rows]) for rows in draws]

    def reconstruction(rows: Rows) -> Draw:
        return Draw(decode_images(autoencoder, real.z[rows]), real.reconstructed[rows], real.z[rows])

    return [
        *scorer.scores("real", "", photographs),
        *scorer.scores("reconstruction", "", [reconstruction(rows) for rows in draws]),
    ]
