"""Models of any kind to apply; the built-in network as it is fastest: the same function, fewer passes over memory."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from tasks.autoencoder.adopted import is_adopted, load_adopted
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.interface import EncoderDecoder
from tasks.autoencoder.network import Autoencoder


def load_for_inference(model: Path, device: str | torch.device = "cpu") -> EncoderDecoder:
    """The model in the folder ``model``, trained or adopted, to encode and decode with on ``device``.

    Raises ``ValueError`` if a file is missing or damaged.
    """
    if is_adopted(model):
        return load_adopted(model, torch.device(device))
    return fold(load_autoencoder(model, device))


def fold(autoencoder: Autoencoder) -> Autoencoder:
    """``autoencoder``, in eval mode, with each batch normalisation folded into the convolution before it, in place.

    The result is the same except for rounding. A custom encoder or decoder is left unchanged.
    """
    for half, own in (
        (autoencoder.encoder, autoencoder.config.encoder),
        (autoencoder.decoder, autoencoder.config.decoder),
    ):
        if own is None:
            fold_stages(half)
    if autoencoder.device.type == "cpu":
        # 0.6 of the time with AVX2 and with AVX-512, the transposed convolutions above all; training is another matter.
        autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return autoencoder


def fold_stages(network: nn.Module) -> None:
    """Fold normalisations in the stages (convolution, normalisation, activation) of ``network``, in eval mode."""
    for stage in network.children():
        if isinstance(stage, nn.Sequential):
            convolution, normalisation, activation = stage
            if isinstance(normalisation, nn.BatchNorm2d):
                transposed = isinstance(convolution, nn.ConvTranspose2d)
                stage[0] = fuse_conv_bn_eval(convolution, normalisation, transpose=transposed)  # type: ignore[type-var]
                stage[1] = nn.Identity()
            if hasattr(activation, "inplace"):
                activation.inplace = True  # type: ignore[assignment]
