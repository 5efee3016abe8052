"""One epoch of training, validation and checkpoint included; and the steps alone of a compiled network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pythae.trainers import BaseTrainer, BaseTrainerConfig

from benchmarks.contest import Contest, Goal, Row
from benchmarks.inputs import HELD_OUT, NETWORK, dataset, read_images
from benchmarks.pythae_peer import pythae_model, pythae_set
from storage.arrays import open_complete
from tasks.autoencoder.codec import to_input
from tasks.autoencoder.network import Autoencoder
from tasks.training.config import TrainConfig
from tasks.training.images import PartitionImages
from tasks.training.machine import Machine, machine_for
from tasks.training.step import MEMORY_FORMATS, TrainingStep
from tasks.training.train import train_epochs

COUNT, BATCH = 1960, 128
TRAINED = COUNT - HELD_OUT
COMPILED = "steps of train.compile"
CONFIG = TrainConfig(
    channels=NETWORK.channels, latent_dim=NETWORK.latent_dim, epochs=1, batch_size=BATCH, optimizer="adamw", flips=False
)


def pythae_epoch(images: np.ndarray, out: Path) -> None:
    """An epoch of pythae's trainer."""
    trainer = BaseTrainer(
        pythae_model(Autoencoder(NETWORK, seed=0)),
        pythae_set(images[:TRAINED]),
        pythae_set(images[TRAINED:]),
        BaseTrainerConfig(
            output_dir=str(out),
            num_epochs=1,
            per_device_train_batch_size=BATCH,
            per_device_eval_batch_size=BATCH,
            optimizer_cls="AdamW",
        ),
    )
    trainer.train()


def bare_steps(images: np.ndarray, machine: Machine) -> None:
    """As many steps as an epoch has, on one resident batch."""
    device, memory_format = torch.device(machine.device), MEMORY_FORMATS[machine.memory_format]
    network = Autoencoder(NETWORK, seed=0).to(device, memory_format=memory_format)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)
    batch = to_input(images[:BATCH], device).contiguous(memory_format=memory_format)
    for _ in range(TRAINED // BATCH):
        with torch.autocast(device.type, torch.bfloat16, enabled=machine.precision == "bf16"):
            made = network(batch)
        loss = torch.nn.functional.mse_loss(made.float(), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    loss.item()


def prepare(folder: Path) -> Contest:
    source, out = dataset(folder, COUNT), folder / "train-ours"
    out.mkdir(exist_ok=True)
    machine = machine_for(CONFIG, NETWORK, out)
    device = torch.device(machine.device)
    images = read_images(source)

    @cache
    def compiled() -> tuple[TrainingStep, PartitionImages]:
        network = Autoencoder(NETWORK, seed=0).to(device)
        step = TrainingStep(network, CONFIG, machine.precision, machine.memory_format, compile=True)
        array = open_complete(source / "images.zarr")["image"]
        return step, PartitionImages(array, np.arange(TRAINED), device, resident=True)

    def ours() -> None:
        for path in out.iterdir():
            if path.name != "machine.json":
                path.unlink()
        train_epochs(source, CONFIG, out)

    def compiled_steps() -> float:
        step, training = compiled()
        losses = [step(pixels, 1e-4) for pixels in training.shuffled(TRAINED // BATCH, CONFIG.seed, 0)]
        return torch.stack(losses)[0].item()

    def agree(results: Mapping[str, Any]) -> None:
        network = Autoencoder(NETWORK, seed=0).eval()
        with torch.inference_mode():
            batch = to_input(images[:8], torch.device("cpu"))
            theirs = pythae_model(network).eval()({"data": batch}).recon_x
            np.testing.assert_allclose(network(batch).numpy(), theirs.numpy(), atol=1e-6)
        plain = TrainingStep(Autoencoder(NETWORK, seed=0).to(device), CONFIG, machine.precision, machine.memory_format)
        first = next(compiled()[1].shuffled(TRAINED // BATCH, CONFIG.seed, 0))
        np.testing.assert_allclose(results[COMPILED], plain(first, 1e-4).item(), rtol=1e-4)

    contestants = {
        "ours": ours,
        COMPILED: compiled_steps,
        "pythae": partial(pythae_epoch, images, folder / "train-theirs"),
        "limit": partial(bare_steps, images, machine),
    }
    return Contest(contestants, agree)


ROW = Row(
    "training, an epoch",
    f"{TRAINED:,} images of 64×64, channels 32–256, z 256, batch {BATCH}, AdamW; {HELD_OUT} images validated",
    prepare,
    (Goal("pythae", 2.0), Goal("pythae", 2.0, COMPILED), Goal("limit", 0.95)),
    remark="steps of train.compile: without validation and checkpoint; limit: the bare step on one resident batch, in "
    "the precision that ours chose here",
)
