"""One step of the training: a batch of images, its loss, its gradient, new weights."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from tasks.autoencoder.network import Autoencoder
from tasks.epochs import set_learning_rate
from tasks.training.config import TrainConfig
from tasks.training.muon import Muon

MEMORY_FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def reconstruction_loss(kind: Literal["mse", "mae", "bce"], logits: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """The mean loss per pixel, a scalar, of the images sigmoid(``logits``) against ``images``, both (n, 3, S, S)."""
    if kind == "bce":
        return functional.binary_cross_entropy_with_logits(logits, images)
    if kind == "mae":
        return functional.l1_loss(torch.sigmoid(logits), images)
    return functional.mse_loss(torch.sigmoid(logits), images)


def make_optimizer(network: Autoencoder, config: TrainConfig) -> torch.optim.Optimizer:
    """Muon or AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101); kernels decay, biases and normalisations do not."""
    transposed = {id(module.weight) for module in network.modules() if isinstance(module, nn.ConvTranspose2d)}
    kinds: dict[str, list[nn.Parameter]] = {"matrix": [], "transposed": [], "vector": []}
    for parameter in network.parameters():
        kernel = "transposed" if id(parameter) in transposed else "matrix"
        kinds[kernel if parameter.ndim > 1 else "vector"].append(parameter)
    groups = [
        {"kind": kind, "params": parameters, "weight_decay": 0.0 if kind == "vector" else config.weight_decay}
        for kind, parameters in kinds.items()
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
        precision: Literal["fp32", "bf16"],
        memory_format: Literal["contiguous", "channels_last"],
    ) -> None:
        # Before the optimizer is made: its state takes the strides of the weights.
        self.network: Autoencoder = network.to(memory_format=MEMORY_FORMATS[memory_format])  # type: ignore[call-overload]
        self.optimizer = make_optimizer(self.network, config)
        self.device = next(network.parameters()).device
        self._loss = config.loss
        self._bf16 = precision == "bf16"
        self._memory_format = MEMORY_FORMATS[memory_format]

    def __call__(self, pixels: torch.Tensor, learning_rate: float, mirrored: torch.Tensor | None = None) -> float:
        """Take one step on ``pixels`` (n, 3, S, S) uint8 and return the loss before it.

        ``mirrored``: (n,) bool, which images to mirror left to right.
        """
        images = pixels.to(torch.float32) / 255
        if mirrored is not None:
            images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
        images = images.contiguous(memory_format=self._memory_format)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            logits = self.network.decode_logits(self.network.encode(images))
        loss = reconstruction_loss(self._loss, logits.to(torch.float32), images)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        set_learning_rate(self.optimizer, learning_rate)
        self.optimizer.step()
        return loss.item()
