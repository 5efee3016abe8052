"""From a model's own files to a model like any other: checked, measured on the data, and recorded."""

from __future__ import annotations

import csv
import io
import logging
import math
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import zarr

from storage.arrays import open_complete, read_rows
from storage.files import write_json, write_text
from tasks.adoption.config import AdoptConfig
from tasks.adoption.description import HALVES, Model
from tasks.adoption.examine import Examined, examine
from tasks.adoption.readings import Measured, choose, measure, table
from tasks.autoencoder.adopted import Adopted, AdoptedConfig, load_adopted
from tasks.autoencoder.codec import to_input
from tasks.autoencoder.conventions import MODEL, WEIGHTS
from tasks.autoencoder.interface import ADOPTED, DESCRIPTION
from tasks.compute.devices import choose_device, repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError
from tasks.training.images import PartitionImages, Rows, fits
from tasks.training.partitions import check_varied, image_size_of, partition_rows
from tasks.training.pca_baseline import pca_baseline

log = logging.getLogger("latentfaces")

CHECKED = 64
"""Training images that readings of a model are measured on."""
BATCH = 128
SEED = 0
"""Of the PCA baseline."""


def adopt(dataset: Path, config: AdoptConfig, out: Path, progress: Progress = no_progress) -> dict[str, Any]:
    """Check the model of ``config``, write it to ``out`` in the layout of a trained one, and measure it.

    ``encoder/`` and ``decoder/``: its files; ``autoencoder.json``: its conventions; ``conventions.csv``: the error of
    each reading of it; ``yardstick.json``: the PCA baseline. Raises ``InputError`` that says what is wrong with it.
    """
    group = open_complete(dataset / "images.zarr")
    rows, device = partition_rows(group), choose_device(config.device)
    check_varied(group, rows.training)
    out.mkdir(parents=True, exist_ok=True)
    with repeatable():
        examined = examine(config.model, image_size_of(group), device)
        check_size(examined, image_size_of(group))
        measured = measure(examined, _sample(group, rows.training).to(examined.encoder.device))
        _write_table(table(measured), out / "conventions.csv")
        chosen = choose(examined, measured)
        adopted = Adopted(_described(examined, chosen), examined.encoder, examined.decoder)
        log.info("adopt: %s %s: error %.3g of the mean image's", config.file, chosen.reading, chosen.error)
        training, held_out = (_images(group, part, adopted.device) for part in (rows.training, rows.held_out))
        errors = pca_baseline(adopted, training, held_out, BATCH, SEED)
    _copy(config.model, out)
    write_json(out / "yardstick.json", errors | {ADOPTED: True})
    write_json(out / DESCRIPTION, adopted.config.model_dump(mode="json"))
    load_adopted(out, device)  # a copy that lacks a file is found here, not hours later
    progress(1, 1)
    return {
        "training_images": errors["training_images"],
        "held_out_images": errors["held_out"],
        "components": adopted.latent_dim,
        "conventions": str(chosen.reading),
        "share_of_mean_error": chosen.error,
        "held_out_mse": errors["autoencoder"]["mse"],
        "pca_mse": errors["pca"]["mse"],
    }


def check_size(examined: Examined, image_size: int) -> None:
    """Raise ``InputError`` unless the data set's images are of the model's size."""
    if examined.image_size != image_size:
        raise InputError(
            f"{examined.model.file} is a model of {examined.image_size}×{examined.image_size} images, but those of the "
            f"data set are {image_size}×{image_size}: set ingest.image_size={examined.image_size}"
        )


def _sample(group: zarr.Group, training: Rows) -> torch.Tensor:
    """Training images spread evenly over the partition, (n, 3, S, S) float32 in [0, 1]."""
    chosen = np.unique(np.linspace(0, len(training) - 1, min(CHECKED, len(training))).astype(int))
    image = group["image"]
    assert isinstance(image, zarr.Array)
    return to_input(read_rows(image, training[chosen]), torch.device("cpu"))


def _images(group: zarr.Group, rows: Rows, device: torch.device) -> PartitionImages:
    image = group["image"]
    assert isinstance(image, zarr.Array)
    return PartitionImages(image, rows, device, fits(len(rows), math.prod(image.shape[1:]), device))


def _described(examined: Examined, chosen: Measured) -> AdoptedConfig:
    model, reading = examined.model, chosen.reading
    return AdoptedConfig(
        image_size=examined.image_size,
        latent=examined.latent,
        latent_dim=math.prod(examined.latent),
        latent_output=reading.code,
        decoded_output=examined.decoded,
        variational=model.variational,
        trust=model.description.trust,
        pixels=reading.pixels,
        output=reading.output,
        encoder=model.factory("encoder"),
        decoder=model.factory("decoder"),
        sources=model.sources,
    )


def _write_table(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    rows, text = list(rows), io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _copy(model: Model, out: Path) -> None:
    """The model's own files into ``out``, a folder for each half, with the files of weights beside them."""
    for half in HALVES:
        source, folder = model.path(half), out / half
        external = model.graphs[half].external if half in model.graphs else ()
        files = {source: WEIGHTS if model.factory(half) else MODEL}
        for path, name in (files | {source.parent / name: name for name in external}).items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target.with_name(f".{target.name}.partial"))
            os.replace(target.with_name(f".{target.name}.partial"), target)
