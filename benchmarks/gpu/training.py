"""Training beside its limit: the steps of an epoch, and the bare step on one resident batch."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from benchmarks.gpu.job import Job
from benchmarks.gpu.limits import Work, bare_step, captured, images_per_second, repeated
from storage.arrays import open_complete
from storage.files import read_json
from tasks.autoencoder.network import Autoencoder
from tasks.compute.devices import repeatable
from tasks.stage.errors import InputError
from tasks.training.compilation import check_compiler
from tasks.training.config import TrainConfig
from tasks.training.images import PartitionImages, fits
from tasks.training.machine import Machine
from tasks.training.partitions import partition_rows
from tasks.training.step import TrainingStep

AT_ONCE = 16
"""Steps between two looks at the clock, as many as training takes between two readings of the loss."""


def training_limit(job: Job, seconds: float) -> dict[str, Any]:
    """Images/s of training steps and of the bare step; of CUDA graphs too, whose loss must fall.

    ``uncaptured``: why there is no graph; empty if there is, or on a CPU.
    """
    config, machine, images = _opened(job)
    device = torch.device(machine.device)
    losses: dict[str, list[float]] = {}
    uncaptured = ""
    with repeatable(machine.threads):
        batch = next(iter(images.shuffled(-(-len(images) // config.batch_size), config.seed, 0)))
        bare: dict[str, Callable[[], torch.Tensor]] = {"bare step": bare_step(config, machine, batch)}
        if device.type == "cuda":
            try:
                bare["bare step, CUDA graph"] = captured(bare_step(config, machine, batch))
                with any_algorithm():
                    bare["bare step, CUDA graph, any algorithm"] = captured(bare_step(config, machine, batch))
            except RuntimeError as error:
                uncaptured = str(error)
        contestants: dict[str, Work] = {"steps": steps_of_an_epoch(config, machine, images)}
        for name, step in bare.items():
            losses[name] = [float(step())]
            contestants[name] = repeated(step, len(batch), AT_ONCE if device.type == "cuda" else 1)
        speeds = images_per_second(contestants, device, seconds)
        for name, step in bare.items():
            losses[name].append(float(step()))
    wrong = [name for name, (first, last) in losses.items() if not (math.isfinite(last) and last < first)]
    if wrong:
        raise ArithmeticError(f"the loss of the {wrong[0]} went from {losses[wrong[0]][0]} to {losses[wrong[0]][1]}")
    return {"images_per_second": speeds, "losses": losses, "uncaptured": uncaptured}


def compiled_steps(job: Job, seconds: float) -> dict[str, Any]:
    """Images/s of training steps with ``train.compile``, and without it; ``impossible``: why nothing is compiled."""
    config, machine, images = _opened(job)
    try:
        check_compiler(torch.device(machine.device))
    except InputError as error:
        return {"impossible": str(error)}
    with repeatable(machine.threads):
        contestants = {
            "steps of train.compile": steps_of_an_epoch(config, machine, images, compile=True),
            "steps": steps_of_an_epoch(config, machine, images),
        }
        return {"images_per_second": images_per_second(contestants, torch.device(machine.device), seconds)}


def _opened(job: Job) -> tuple[TrainConfig, Machine, PartitionImages]:
    step = job.steps["train"]
    config = step.config
    assert isinstance(config, TrainConfig)
    machine = Machine(**read_json(job.place(step) / "machine.json"))
    group = open_complete(job.place(job.steps["ingest"]) / "images.zarr")
    rows, array, device = partition_rows(group).training, group["image"], torch.device(machine.device)
    resident = fits(len(rows), int(np.prod(array.shape[1:])), device)
    return config, machine, PartitionImages(array, rows, device, resident)


def steps_of_an_epoch(config: TrainConfig, machine: Machine, images: PartitionImages, compile: bool = False) -> Work:
    """Training steps as ``train`` takes them, ``AT_ONCE`` a time, through one epoch after another."""
    device = torch.device(machine.device)
    network = Autoencoder(config.autoencoder(config_size(images)), config.seed).to(device)
    step = TrainingStep(network, config, machine.precision, machine.memory_format, compile=compile)
    network.train()
    flips = torch.rand(len(images), generator=torch.Generator().manual_seed(config.seed)).lt(0.5).to(device)
    batches = _epochs(images, config)

    def run() -> int:
        done = 0
        for _ in range(AT_ONCE if device.type == "cuda" else 1):
            number, pixels = next(batches)
            step(pixels, 1e-3, flips[: len(pixels)] if config.flips else None, number)
            done += len(pixels)
        return done

    return run


def config_size(images: PartitionImages) -> int:
    """Side of the images, pixels."""
    return int(images.sample(np.zeros(1, np.int64)).shape[1])


def _epochs(images: PartitionImages, config: TrainConfig) -> Iterator[tuple[int, torch.Tensor]]:
    epoch = number = 0
    while True:
        for pixels in images.shuffled(-(-len(images) // config.batch_size), config.seed, epoch):
            yield number, pixels
            number += 1
        epoch += 1


@contextlib.contextmanager
def any_algorithm() -> Iterator[None]:
    """Convolutions by whatever algorithm is fastest, whether its sums come out alike or not."""
    mode, benchmark = torch.get_deterministic_debug_mode(), torch.backends.cudnn.benchmark
    torch.set_deterministic_debug_mode("default")
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        torch.backends.cudnn.benchmark = benchmark
