"""The fixed rows of every table: real images and reconstructions, each of the partition that is not the reference."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.arrays import finish, open_complete, read_array, stored_array
from storage.files import write_json
from storage.journal import Journal
from tasks.assessment.broken import cycle
from tasks.assessment.config import AssessConfig
from tasks.assessment.features import write_blocks
from tasks.assessment.gradients import gradient_energy
from tasks.assessment.rows import REFERENCES, RealImages, Rows, Sources, evaluation_size
from tasks.assessment.scorer import Caution, Images, Scorer
from tasks.assessment.spaces import open_spaces
from tasks.assessment.tables import CAUTIONS, DrawScore, told, write_scores
from tasks.autoencoder.codec import decode_images, encode_images
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.compute.devices import choose_device, repeatable
from tasks.compute.progress import Progress, no_progress

log = logging.getLogger("latentfaces")


def assess_baselines(
    sources: Sources, config: AssessConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Write the features of every reconstruction, and the scores of the fixed rows.

    ``reconstructions.zarr``: ``feature_<network>`` float32 (image, feature) of each feature network,
    ``gradient_energy``, ``cycle_change`` and ``cycle_distance`` float32 (image); ``scores.csv`` and ``draws.csv``;
    ``cautions.json``: what must be known of metrics on these data, a list of objects with ``metric``, ``features``,
    ``reference`` and ``text``.
    """
    n = evaluation_size(config, read_array(open_complete(sources.dataset / "images.zarr"), "partition"))
    device = choose_device(config.device)
    with repeatable():
        autoencoder, spaces = load_for_inference(sources.model, device), open_spaces(sources.features)
        extractors = {space.array: space.extractor(device) for space in spaces}
        z = stored_array(open_complete(sources.latents / "latents.zarr"), "z")
        statistics = open_complete(sources.statistics / "statistics.zarr")
        mean, precision = (read_array(statistics, name) for name in ("mean", "precision"))

        def block(rows: slice) -> Mapping[str, npt.NDArray[np.float32]]:
            images = decode_images(autoencoder, np.asarray(z[rows]))
            features = {array: extract(images) for array, extract in extractors.items()}
            encoded = encode_images(autoencoder, images)
            passed = cycle(images, encoded, decode_images(autoencoder, encoded), mean, precision)
            cycles = {f"cycle_{name}": values.astype(np.float32) for name, values in passed._asdict().items()}
            return {**features, "gradient_energy": gradient_energy(images), **cycles}

        columns = {space.array: space.features.shape[1] for space in spaces}
        columns |= {"gradient_energy": 0, "cycle_change": 0, "cycle_distance": 0}
        write_blocks(out, "reconstructions.zarr", z.shape[0], columns, block, "assess reconstructions", progress)
        finish(out / "reconstructions.zarr")
        real = RealImages.open(sources, out)
        scores: list[DrawScore] = []
        cautions: list[Caution] = []
        for reference in REFERENCES:
            scorer = Scorer(real, config, [reference])
            scores += _fixed_rows(scorer, real, reference, autoencoder, config)
            cautions += scorer.cautions()
    write_scores(out, scores)
    write_json(out / CAUTIONS, [asdict(caution) for caution in cautions])
    for text in dict.fromkeys(caution.text for caution in cautions):
        log.warning("assess: %s", text)
    Journal(out).close()
    return {"n": n, "draws": config.repeats, "features": [space.name for space in spaces], **told(out)}


def _fixed_rows(
    scorer: Scorer, real: RealImages, reference: str, autoencoder: EncoderDecoder, config: AssessConfig
) -> list[DrawScore]:
    draws = real.unseen(reference, config)

    def photograph(rows: Rows) -> Images:
        features = {space.name: space.features.take(rows) for space in real.spaces}
        images, z = real.images(rows), real.z.take(rows)
        passed = cycle(images, z, decode_images(autoencoder, z), real.mean, real.precision)
        return Images(images, features, z, z, passed)

    def reconstruction(rows: Rows) -> Images:
        z = real.z.take(rows)
        images = decode_images(autoencoder, z)
        features = {name: values.take(rows) for name, values in real.reconstructed.items()}
        return Images(images, features, z, encode_images(autoencoder, images), real.cycle.at(rows))

    return [
        *scorer.scores("real", "", [photograph(rows) for rows in draws]),
        *scorer.scores("reconstruction", "", [reconstruction(rows) for rows in draws]),
    ]
