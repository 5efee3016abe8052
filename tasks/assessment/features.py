"""The feature network of a data set and the features of all its images: keyed on the data set alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import zarr

from storage.arrays import create_array, finish, open_complete, open_for_writing, read_array, read_rows
from storage.files import read_json, write_json
from storage.journal import Journal
from tasks.assessment.classifier import Labelled, majority_accuracy, train_classifier, write_history
from tasks.assessment.feature_config import FeaturesConfig, NetworkConfig
from tasks.assessment.network import FEATURES, features_of, load_network, save_network, seeded_network
from tasks.compute.devices import Precision, choose_device, product_precision, repeatable
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError

BLOCK = 1024
Arrays = Mapping[str, npt.NDArray[np.float32]]
Block = Callable[[slice], Arrays]


def train_features(
    dataset: Path, config: FeaturesConfig, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Train the feature network on the attributes, or seed it where there are none, and apply it to every image.

    Writes ``network.safetensors``, ``network.json``, ``history.csv`` (no rows if it was not trained) and
    ``features.zarr``. Finished epochs and blocks found in ``out`` are kept.
    """
    device = choose_device(config.device)
    data = open_complete(dataset / "images.zarr")
    with repeatable():
        if not (out / "network.json").exists():
            _make_network(data, config.network, device, out, progress)
        _extract(data, out, device, progress)
    return _describe(out)


def _describe(out: Path) -> dict[str, Any]:
    description = read_json(out / "network.json")
    return {
        name: description[name]
        for name in ("features", "dimensions", "accuracy", "majority_accuracy")
        if name in description
    }


def _make_network(data: zarr.Group, config: NetworkConfig, device: torch.device, out: Path, progress: Progress) -> None:
    precision = _precision(device, out)
    description: dict[str, Any] = {"dimensions": FEATURES, "seed": config.seed, "precision": precision}
    names, columns = _usable_attributes(data)
    if names:
        training, held_out = _labelled(data, columns, config)
        network, accuracy = train_classifier(training, held_out, config, device, out, progress, precision)
        description |= {"features": "attributes", "attributes": names, "outputs": len(names)}
        judged = {"accuracy": accuracy, "majority_accuracy": majority_accuracy(training, held_out)}
        description |= {name: share for name, share in judged.items() if math.isfinite(share)}
    else:
        network = seeded_network(1, config.seed)
        description |= {"features": "random", "outputs": 1}
        write_history([], out)
    save_network(network, out)
    write_json(out / "network.json", description)
    (out / "checkpoint.safetensors").unlink(missing_ok=True)


def _precision(device: torch.device, out: Path) -> Precision:
    """What an interrupted run recorded in ``out/host.json``, or else what is fastest here."""
    path = out / "host.json"
    if not path.exists():
        write_json(path, {"precision": product_precision(device), "torch": torch.__version__})
    recorded: Precision = read_json(path)["precision"]
    return recorded


def _usable_attributes(data: zarr.Group) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Names and columns of the attributes that are both present and absent among the training images."""
    if "attribute" not in data:
        return [], np.array([], np.intp)
    training = read_array(data, "partition") == 0
    values = read_array(data, "attribute")[training]
    columns = np.flatnonzero((values == 1).any(axis=0) & (values == -1).any(axis=0))
    names = read_array(data, "attribute_name")
    return [str(names[column]) for column in columns], columns


def _labelled(data: zarr.Group, columns: npt.NDArray[np.intp], config: NetworkConfig) -> tuple[Labelled, Labelled]:
    partition, attributes = read_array(data, "partition"), read_array(data, "attribute")
    sets = []
    for index, rows in enumerate((np.flatnonzero(partition == 0), np.flatnonzero(partition != 0))):
        chosen = rows
        if len(rows) > config.images:
            random = np.random.default_rng([config.seed, index])
            chosen = np.sort(random.choice(rows, config.images, replace=False))
        sets.append(Labelled(read_images(data, chosen), attributes[np.ix_(chosen, columns)]))
    if len(sets[0].images) < 2 or len(sets[1].images) == 0:
        raise InputError("the feature network needs training and held-out images; ingest more images")
    return sets[0], sets[1]


def read_images(data: zarr.Group, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.uint8]:
    """The images (n, h, w, 3) uint8 at ``rows``, in that order, read chunk by chunk."""
    array = data["image"]
    assert isinstance(array, zarr.Array)
    return read_rows(array, rows)


def _extract(data: zarr.Group, out: Path, device: torch.device, progress: Progress) -> None:
    network = load_network(out, device)
    image_blocks(data, out, lambda images: features_of(network, images), FEATURES, "assess features", progress)
    finish(out / "features.zarr")
    Journal(out).close()


def image_blocks(
    data: zarr.Group,
    out: Path,
    network: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]],
    dimensions: int,
    stage: str,
    progress: Progress,
) -> None:
    """Write the features that ``network`` gives of every image of ``data`` to ``features.zarr``, block by block."""
    image = data["image"]
    assert isinstance(image, zarr.Array)

    def block(rows: slice) -> Arrays:
        return {"feature": network(np.asarray(image[rows]))}

    write_blocks(out, "features.zarr", image.shape[0], {"feature": dimensions}, block, stage, progress)


def write_blocks(
    out: Path, name: str, count: int, columns: Mapping[str, int], block: Block, stage: str, progress: Progress
) -> None:
    """Fill float32 arrays of ``out/name`` block by block, keeping what is there.

    ``columns``: the width of each array, (count, width), or 0 for (count,); ``block`` gives their rows.
    """
    group = open_for_writing(out / name)
    arrays = {
        array: create_array(group, array, (count, width), np.float32, ("image", "feature"), (BLOCK, width))
        if width
        else create_array(group, array, (count,), np.float32, ("image",), (BLOCK,))
        for array, width in columns.items()
    }
    journal = Journal(out)
    starts = range(0, count, BLOCK)
    journal.log_resumption(stage, "blocks", len(starts))
    for start in starts:
        if str(start) not in journal.kept:
            rows = slice(start, min(start + BLOCK, count))
            for array, values in block(rows).items():
                arrays[array][rows] = values
            journal.mark(str(start))
        progress(min(start + BLOCK, count), count, "features of images")
