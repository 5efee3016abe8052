"""The training from the data set to the finished model, resumable at every epoch."""

from __future__ import annotations

import csv
import io
import logging
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import zarr

from storage.arrays import open_complete
from storage.files import read_json, write_json, write_text
from tasks.autoencoder.checkpoint import load_autoencoder, save_config, save_weights
from tasks.autoencoder.config import check_image_size
from tasks.autoencoder.network import Autoencoder
from tasks.autoencoder.trial import check_custom
from tasks.compute.devices import repeatable
from tasks.compute.epochs import EpochCheckpoint, one_cycle
from tasks.compute.memory import reused_memory
from tasks.compute.progress import Progress, no_progress
from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig
from tasks.training.images import PartitionImages, Rows, fits
from tasks.training.launch import launch
from tasks.training.losses import EpochLoss
from tasks.training.machine import Machine, machine_for
from tasks.training.partitions import check_varied, image_size_of, partition_rows
from tasks.training.pca_baseline import pca_baseline, reconstructed
from tasks.training.similarity import similarity
from tasks.training.step import TrainingStep
from tasks.training.team import ALONE, Team

log = logging.getLogger("latentfaces")

VALIDATION_BATCH = 128

Epoch = dict[str, float]


@dataclass(frozen=True)
class Partitions:
    """The images that are trained on, and those that choose the best epoch: of a team this process's share."""

    training: PartitionImages
    validation: PartitionImages


def train(dataset: Path, config: TrainConfig, out: Path, progress: Progress = no_progress) -> dict[str, Any]:
    """Train an autoencoder on the training partition of ``dataset`` and write the model to ``out``.

    Killed at any moment and called again, it continues after the last whole epoch and ends with the same bits.
    Progress counts batches. Raises ``InputError`` at once if the images are too few, all one picture or of a size that
    does not fit ``config.channels``, and when the loss is no longer a number (what was reached before remains).
    """
    group = open_complete(dataset / "images.zarr")
    network_config = config.autoencoder(image_size_of(group))
    if network_config.sources:
        check_custom(network_config)
    else:
        check_image_size(network_config.image_size, network_config.channels)
    rows = partition_rows(group)
    _check_shares(len(rows.training), config)
    check_varied(group, rows.training)
    out.mkdir(parents=True, exist_ok=True)
    for litter in out.glob(".*.partial"):  # of a write that was killed
        litter.unlink()
    with repeatable():
        machine = machine_for(config, network_config, out)
    with repeatable(machine.threads):
        save_config(network_config, out)
        if config.team_size > 1:
            launch(dataset, config, machine.threads, out, progress)
        # After a team's epochs there are none left: their history is taken from the checkpoint, and the last weights.
        network, training, history = train_epochs(dataset, config, out, progress)
        save_weights(network, out, "last")
        batches = config.epochs * _steps(training, config)
        progress(batches, batches, "measuring a PCA with as many components beside it")
        best = load_autoencoder(out, machine.device)
        held_out = _images(group, rows.held_out, config, torch.device(machine.device))
        measured = pca_baseline(best, training, held_out, VALIDATION_BATCH, config.seed)
    write_json(out / "yardstick.json", measured)
    EpochCheckpoint(out).remove()
    return _facts(history, measured, machine)


def train_epochs(
    dataset: Path, config: TrainConfig, out: Path, progress: Progress = no_progress, team: Team = ALONE
) -> tuple[Autoencoder, PartitionImages, list[Epoch]]:
    """Train all epochs that are missing in ``out``, where ``machine.json`` says how; every process of a team calls it.

    Returns the network after the last epoch, the images it was trained on, and the history.
    """
    machine = Machine(**read_json(out / "machine.json"))
    group = open_complete(dataset / "images.zarr")
    network = Autoencoder(config.autoencoder(image_size_of(group)), config.seed)
    rows, device = partition_rows(group), team.device(machine.device)
    with repeatable(machine.threads), reused_memory():
        step = TrainingStep(network.to(device), config, machine.precision, machine.memory_format, team, machine.compile)
        validation = rows.validation[team.share(len(rows.validation))]
        partitions = Partitions(
            _images(group, rows.training, config, device), _images(group, validation, config, device)
        )
        history = _run_epochs(step, partitions, config, out, progress, team)
    return network, partitions.training, history


def _check_shares(training: int, config: TrainConfig) -> None:
    """Refuse batches too small to give each process of a team two images, without which there is no variance."""
    smallest = training // -(-training // config.batch_size)
    if config.team_size > 1 and smallest < 2 * config.team_size:
        raise InputError(
            f"batches of {smallest} images cannot be shared among {config.team_size} processes, which need 2 or more "
            f"each: raise train.batch_size ({config.batch_size}) or lower train.processes ({config.processes})"
        )


def _images(group: zarr.Group, rows: Rows, config: TrainConfig, device: torch.device) -> PartitionImages:
    array = group["image"]
    assert isinstance(array, zarr.Array)
    resident = config.image_memory == "resident"
    if config.image_memory == "auto":
        # Whatever the partition, all or none stays: the three together are most of the data set. On a CPU every
        # process of a team has its own copy in the same memory.
        copies = config.processes if device.type == "cpu" else 1
        resident = fits(copies * partition_rows(group).total, int(np.prod(array.shape[1:])), device)
    return PartitionImages(array, rows, device, resident)


def _run_epochs(
    step: TrainingStep, partitions: Partitions, config: TrainConfig, out: Path, progress: Progress, team: Team
) -> list[Epoch]:
    """Train epoch by epoch from the last checkpoint on, keeping the best weights in ``out``; the whole history.

    All processes of a team do the same and know the same; the first one writes.
    """
    checkpoint = EpochCheckpoint(out)
    saved = checkpoint.restore(step.network, step.optimizer)
    checkpoint.log_resumption("train", saved, config.epochs)
    history: list[Epoch] = saved.facts["history"] if saved else []
    began, todo = time.perf_counter(), (config.epochs - len(history)) * len(partitions.training)
    for epoch in range(len(history), config.epochs):
        training_loss = _train_epoch(step, partitions.training, config, epoch, progress, team)
        validated = _validate(step, partitions.validation, team)
        _check_finite(validated["mse"], "validation error", epoch, config)
        best = min((earlier["validation_mse"] for earlier in history), default=math.inf)
        history.append(
            {
                "epoch": epoch + 1,
                "train_loss": training_loss,
                **{f"validation_{name}": value for name, value in validated.items()},
                "learning_rate": step.optimizer.param_groups[0]["lr"],
            }
        )
        if team.is_first:
            if validated["mse"] < best:
                save_weights(step.network, out, "best")
            _write_history(history, out)
            checkpoint.save(epoch, step.network, step.optimizer, {"history": history})
        log.info("train: epoch %d of %d, validation MSE %.5f", epoch + 1, config.epochs, validated["mse"])
    if todo and team.is_first:
        _write_speed(todo, time.perf_counter() - began, out)
    return history


def _validate(step: TrainingStep, images: PartitionImages, team: Team) -> dict[str, float]:
    """How alike the held-out images and their reconstructions are, over the shares of all processes.

    In the precision of the training: it chooses an epoch. What the report says is measured in float32 at the end.
    """
    if not len(images):
        return team.mean({"mse": 0.0, "psnr": 0.0, "ssim": 0.0}, 0)
    step.network.eval()
    pairs = reconstructed(step.network, images, VALIDATION_BATCH, step.precision)
    return team.mean(similarity(pairs), len(images))


def _write_speed(images: int, seconds: float, out: Path) -> None:
    """Add to ``out/host.json`` what this call took, validation included; it belongs to no result."""
    path = out / "host.json"
    facts = read_json(path) if path.exists() else {}
    write_json(path, facts | {"seconds": seconds, "images_per_second": images / seconds})


def _steps(images: PartitionImages, config: TrainConfig) -> int:
    """Batches of an epoch."""
    return -(-len(images) // config.batch_size)


def _train_epoch(
    step: TrainingStep, images: PartitionImages, config: TrainConfig, epoch: int, progress: Progress, team: Team
) -> float:
    """One pass through ``images``; returns the mean loss per image."""
    steps = _steps(images, config)
    drawn = np.random.default_rng([config.seed, epoch, 1]).random(len(images)) < 0.5
    mirrored = torch.from_numpy(drawn).to(step.device)  # All at once: a copy would hold up every step.
    step.network.train()
    if step.network.config.sources:
        # Custom layers may draw from torch's global generator (dropout does): seeded, they draw the same when resumed.
        torch.manual_seed(int(np.random.SeedSequence([config.seed, epoch]).generate_state(1)[0]))
    losses, seen, began = EpochLoss(team, step.device), 0, time.perf_counter()
    for index, pixels in enumerate(images.shuffled(steps, config.seed, epoch)):
        count = len(pixels)
        flips = mirrored[seen : seen + count] if config.flips else None
        done = epoch * steps + index
        losses.add(step(pixels, one_cycle(done, config.epochs * steps, config.learning_rate), flips, done), count)
        _check_finite(losses.last, "training loss", epoch, config)
        seen += count
        speed = seen / (time.perf_counter() - began)
        note = f"epoch {epoch + 1}/{config.epochs}, loss {losses.last:.4f}, {speed:.0f} images/s"
        progress(done + 1, config.epochs * steps, note)
    mean = losses.mean()
    _check_finite(mean, "training loss", epoch, config)
    return mean


def _check_finite(value: float, what: str, epoch: int, config: TrainConfig) -> None:
    if not math.isfinite(value):
        raise InputError(
            f"the {what} became {value} in epoch {epoch + 1} of {config.epochs}: "
            f"lower train.learning_rate (now {config.learning_rate:g})"
        )


def _write_history(history: list[Epoch], out: Path) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_text(out / "history.csv", text.getvalue())


def _facts(history: list[Epoch], measured: dict[str, Any], machine: Machine) -> dict[str, Any]:
    best = min(history, key=lambda epoch: epoch["validation_mse"])
    return {
        "training_images": measured["training_images"],
        "held_out_images": measured["held_out"],
        "best_epoch": best["epoch"],
        "held_out_mse": measured["autoencoder"]["mse"],
        "pca_mse": measured["pca"]["mse"],
        "device": machine.device,
        "precision": machine.precision,
    }
