"""One step of the training: a batch of images, its loss, its gradient, new weights."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from tasks.autoencoder.network import Autoencoder
from tasks.compute.devices import Precision, computing_in
from tasks.compute.epochs import set_learning_rate
from tasks.training.compilation import compile_network
from tasks.training.config import TrainConfig
from tasks.training.muon import Muon
from tasks.training.team import ALONE, Team

MEMORY_FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def reconstruction_loss(kind: Literal["mse", "mae", "bce"], logits: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """The mean loss per pixel, a scalar, of the images sigmoid(``logits``) against ``images``, both (n, 3, S, S)."""
    if kind == "bce":
        return functional.binary_cross_entropy_with_logits(logits, images)
    if kind == "mae":
        return functional.l1_loss(torch.sigmoid(logits), images)
    return functional.mse_loss(torch.sigmoid(logits), images)


def make_optimizer(network: Autoencoder, config: TrainConfig) -> torch.optim.Optimizer:
    """Muon or AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101); kernels decay, biases and normalisations do not.

    The decoder's kernels may decay differently, if the family says so.
    """
    transposed = {id(module.weight) for module in network.modules() if isinstance(module, nn.ConvTranspose2d)}
    decoder = {id(parameter) for parameter in network.decoder.parameters()}
    decays = config.weight_decay, config.kind().decoder_decay(config.weight_decay)
    kinds: dict[tuple[str, float], list[nn.Parameter]] = {(kind, decays[0]): [] for kind in ("matrix", "transposed")}
    kinds |= {(kind, decays[1]): [] for kind in ("matrix", "transposed")} | {("vector", 0.0): []}
    for parameter in network.parameters():
        kernel = "transposed" if id(parameter) in transposed else "matrix"
        of_kernel = (kernel, decays[id(parameter) in decoder])
        kinds[of_kernel if parameter.ndim > 1 else ("vector", 0.0)].append(parameter)
    groups = [
        {"kind": kind, "params": parameters, "weight_decay": decay}
        for (kind, decay), parameters in kinds.items()
        if parameters
    ]
    if config.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99), fused=True)
    return Muon(groups, lr=config.learning_rate)


class TrainingStep:
    """``network``, its optimizer, and how a step is computed; weights and optimizer are float32 in any precision."""

    def __init__(
        self,
        network: Autoencoder,
        config: TrainConfig,
        precision: Precision,
        memory_format: Literal["contiguous", "channels_last"],
        team: Team = ALONE,
        compile: bool = False,
    ) -> None:
        # Both before the optimizer is made: its state takes the strides of the weights.
        self.network: Autoencoder = network.to(memory_format=MEMORY_FORMATS[memory_format])  # type: ignore[call-overload]
        self.family = config.kind()
        forward = team.forward(self.network, self.family)
        self._forward, self._team = compile_network(forward) if compile else forward, team
        self.optimizer = make_optimizer(self.network, config)
        self.device = next(network.parameters()).device
        self._loss, self._seed = config.loss, config.seed
        self._precision = precision
        self._memory_format = MEMORY_FORMATS[memory_format]

    def __call__(
        self, pixels: torch.Tensor, learning_rate: float, mirrored: torch.Tensor | None = None, number: int = 0
    ) -> torch.Tensor:
        """Take one step on ``pixels`` (n, 3, S, S) uint8 and return the loss before it, a scalar on the device.

        Nothing here waits for the device. ``mirrored``: (n,) bool, which images to mirror left to right; ``number``:
        of the step in the whole training, which with the seed decides what noise the family draws. In a team all is
        the whole batch's, of which this process computes its share: the step is the batch's, the loss its share's.
        """
        share, whole = self._team.share(len(pixels)), len(pixels)
        pixels = pixels[share]
        if mirrored is not None:
            pixels = torch.where(mirrored[share, None, None, None], pixels.flip(-1), pixels)
        images = pixels.to(torch.float32, memory_format=self._memory_format).div_(255)
        with self.precision():
            logits, code = self._forward(images, self._noise(whole, share, number))
        loss = reconstruction_loss(self._loss, logits.to(torch.float32), images)
        penalty = self.family.penalty(code.to(torch.float32))
        if penalty is not None:
            # In units of an error summed over an image's pixel values, of which the loss is the mean.
            loss = loss + penalty.mean() / images[0].numel()
        self.optimizer.zero_grad(set_to_none=True)
        # Gradients are averaged over the processes, the batch's mean weighs each by its images.
        (loss * (self._team.size * len(images) / whole)).backward()  # type: ignore[no-untyped-call]
        set_learning_rate(self.optimizer, learning_rate)
        self.optimizer.step()
        return loss.detach()

    def precision(self) -> torch.autocast:
        """The context in which the network computes as in a step: in bfloat16 where that was chosen."""
        return computing_in(self._precision, self.device)

    def _noise(self, whole: int, share: slice, number: int) -> torch.Tensor | None:
        """Standard normal (n, d) for this process's share: the same for any number of processes, on any device."""
        if not self.family.stochastic:
            return None
        drawn = np.random.default_rng([self._seed, number, 2]).standard_normal(
            (whole, self.network.config.latent_dim), np.float32
        )
        return torch.from_numpy(drawn[share]).to(self.device, non_blocking=True)
