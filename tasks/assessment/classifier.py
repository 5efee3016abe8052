"""Training of the feature network on the data set's attributes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from storage.files import write_text
from tasks.assessment.feature_config import NetworkConfig
from tasks.assessment.network import FeatureNetwork, seeded_network, to_input
from tasks.compute.devices import Precision, computing_in
from tasks.compute.epochs import EpochCheckpoint, epoch_order, one_cycle, set_learning_rate
from tasks.compute.progress import Progress

WEIGHT_DECAY = 1e-2


@dataclass(frozen=True)
class Labelled:
    """Images (n, h, w, 3) uint8 and what is known of them, (n, a) int8: 1, -1, or 0 for unknown."""

    images: npt.NDArray[np.uint8]
    attributes: npt.NDArray[np.int8]


def train_classifier(
    training: Labelled,
    held_out: Labelled,
    config: NetworkConfig,
    device: torch.device,
    out: Path,
    progress: Progress,
    precision: Precision = "fp32",
) -> tuple[FeatureNetwork, float]:
    """Train on ``training``, an epoch at a time, each kept in ``out`` should the run be killed.

    Returns the network in eval mode and its accuracy on ``held_out``: the mean over attributes of the share that it
    tells rightly. Writes ``history.csv``.
    """
    network = seeded_network(training.attributes.shape[1], config.seed).to(device)
    # That of the images.
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    halved = computing_in(precision, device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=WEIGHT_DECAY)
    checkpoint = EpochCheckpoint(out)
    saved = checkpoint.restore(network, optimizer)
    checkpoint.log_resumption("assess features", saved, config.epochs)
    history: list[list[float]] = saved.facts["history"] if saved else []
    for epoch in range(saved.epoch + 1 if saved else 0, config.epochs):
        loss = _train_epoch(network, optimizer, training, config, epoch, progress, halved)
        with halved:
            history.append([epoch + 1, loss, accuracy(network, held_out)])
        checkpoint.save(epoch, network, optimizer, {"history": history})
    write_history(history, out)
    return network.eval(), history[-1][2]


def write_history(history: list[list[float]], out: Path) -> None:
    """Write ``history.csv``, a row per epoch; no rows for a network that was not trained."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([["epoch", "train_loss", "heldout_accuracy"], *history])
    write_text(out / "history.csv", table.getvalue())


def _train_epoch(
    network: FeatureNetwork,
    optimizer: torch.optim.Optimizer,
    training: Labelled,
    config: NetworkConfig,
    epoch: int,
    progress: Progress,
    halved: torch.autocast,
) -> float:
    device = next(network.parameters()).device
    count = len(training.images)
    steps = max(1, count // config.batch_size)
    mirrored = np.random.default_rng([config.seed, epoch, 1]).random(count) < 0.5
    total = 0.0
    network.train()
    for step, rows in enumerate(np.array_split(epoch_order(count, config.seed, epoch), steps)):
        rate = one_cycle(epoch * steps + step, config.epochs * steps, config.learning_rate)
        set_learning_rate(optimizer, rate)
        images = to_input(training.images[rows], device)
        flips = torch.from_numpy(mirrored[rows]).to(device)
        images = torch.where(flips[:, None, None, None], images.flip(3), images)
        with halved:
            logits = network(images)
        loss = _loss(logits.float(), torch.from_numpy(training.attributes[rows]).to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += float(loss.detach())
        progress(epoch * steps + step + 1, config.epochs * steps, f"epoch {epoch + 1}, loss {total / (step + 1):.3f}")
    return total / steps


def _loss(logits: torch.Tensor, attributes: torch.Tensor) -> torch.Tensor:
    """Binary cross entropy over what is known."""
    known = (attributes != 0).float()
    losses = binary_cross_entropy_with_logits(logits, (attributes > 0).float(), reduction="none")
    return (losses * known).sum() / known.sum().clamp(min=1)


def accuracy(network: FeatureNetwork, labelled: Labelled, batch_size: int = 256) -> float:
    """The mean over attributes of the share told rightly, among what is known; NaN if nothing is."""
    device = next(network.parameters()).device
    network.eval()
    right = np.zeros(labelled.attributes.shape[1])
    known = np.zeros(labelled.attributes.shape[1])
    with torch.inference_mode():
        for start in range(0, len(labelled.images), batch_size):
            rows = slice(start, start + batch_size)
            told = (network(to_input(labelled.images[rows], device)) > 0).cpu().numpy()
            truth = labelled.attributes[rows]
            right += ((told == (truth > 0)) & (truth != 0)).sum(axis=0)
            known += (truth != 0).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return float(np.nanmean(right / known)) if known.any() else float("nan")


def majority_accuracy(training: Labelled, held_out: Labelled) -> float:
    """``accuracy`` of always giving each attribute's more frequent answer among ``training``: what is worth nothing."""
    often = np.sign(training.attributes.sum(axis=0, dtype=np.int64) - 0.5)
    known = held_out.attributes != 0
    with np.errstate(invalid="ignore"):
        shares = ((held_out.attributes == often) & known).sum(axis=0) / known.sum(axis=0)
    return float(np.nanmean(shares)) if known.any() else float("nan")
