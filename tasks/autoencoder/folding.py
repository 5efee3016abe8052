"""The built-in network as it is fastest to apply: the same function, in fewer passes over memory."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from tasks.autoencoder.network import Autoencoder


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
