"""The machine's limits: a bare training step and a bare forward pass on one resident batch, as CUDA graphs too."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch

from tasks.autoencoder.interface import EncoderDecoder
from tasks.autoencoder.network import Autoencoder
from tasks.training.config import TrainConfig
from tasks.training.machine import Machine
from tasks.training.step import MEMORY_FORMATS, make_optimizer, reconstruction_loss

Work = Callable[[], int]
"""Does a piece of work and returns how many images it was."""

TURNS = 3
LONGEST = 2.0
"""Seconds that a turn goes on for, at most."""
WARM_UP = 3
"""Times that work is done before it is captured."""


def bare_step(config: TrainConfig, machine: Machine, pixels: torch.Tensor) -> Callable[[], torch.Tensor]:
    """Forward, loss, backward and optimizer on ``pixels`` (n, 3, S, S) uint8, again and again; returns the loss.

    The arithmetic of a training step of a plain autoencoder, and nothing else: no batches, no mirroring, one rate.
    """
    order = MEMORY_FORMATS[machine.memory_format]
    network = Autoencoder(config.autoencoder(pixels.shape[-1]), config.seed).to(pixels.device)
    network.to(memory_format=order)
    optimizer = make_optimizer(network, config)
    for group in optimizer.param_groups:
        if "capturable" in group:
            group["capturable"] = pixels.device.type == "cuda"
    images = (pixels.to(torch.float32) / 255).contiguous(memory_format=order)

    def step() -> torch.Tensor:
        with torch.autocast(pixels.device.type, torch.bfloat16, enabled=machine.precision == "bf16"):
            logits = network.decode_logits(network.encode(images))
        loss = reconstruction_loss(config.loss, logits.to(torch.float32), images)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def forward(autoencoder: EncoderDecoder, images: torch.Tensor, precision: str) -> Callable[[], torch.Tensor]:
    """Encoder and decoder over ``images`` (n, 3, S, S), again and again; the decoder in ``precision``, as encoding."""

    @torch.no_grad()
    def both() -> torch.Tensor:
        z = autoencoder.encode(images)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=precision == "bf16"):
            return autoencoder.decode(z)

    return both


def captured(work: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
    """``work`` as a CUDA graph: its kernels without Python between them. It is done a few times before.

    As torch's notes on CUDA graphs have it: warmed up on the stream that it is captured on, so that everything that is
    allocated or chosen once is there before. Raises ``RuntimeError`` if something in it cannot be captured.
    """
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM_UP):
            work()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=aside):
        result = work()

    def replay() -> torch.Tensor:
        graph.replay()
        return result

    return replay


def repeated(work: Callable[[], object], images: int, times: int) -> Work:
    """``work`` on so many ``images``, done ``times`` in a row without waiting for the device between."""

    def run() -> int:
        for _ in range(times):
            work()
        return images * times

    return run


def images_per_second(contestants: Mapping[str, Work], device: torch.device, seconds: float) -> dict[str, float]:
    """The median of each contestant's speeds in ``TURNS`` turns, of which all take up half of ``seconds``.

    Each does its work once before anything is timed, and finishes it when its turn is over.
    """
    turn = min(LONGEST, seconds / (2 * TURNS * len(contestants)))
    for work in contestants.values():
        work()
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(TURNS):
        for name, work in contestants.items():
            wait(device)
            done, began = 0, time.perf_counter()
            while time.perf_counter() - began < turn:
                done += work()
                wait(device)
            speeds[name].append(done / (time.perf_counter() - began))
    return {name: statistics.median(values) for name, values in speeds.items()}


def wait(device: torch.device) -> None:
    """Until ``device`` has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
