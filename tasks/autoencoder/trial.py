"""A network with parts of one's own, tried before hours are spent on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from safetensors.torch import save

from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.stage.errors import InputError


def check_custom(config: AutoencoderConfig) -> None:
    """Try an autoencoder with custom parts on two images, before hours are spent on training it.

    Raises ``InputError`` that names the half, and the shape or type that it gave and should have given.
    """
    autoencoder = Autoencoder(config).eval()
    size, z = config.image_size, config.latent_dim
    expected = {"encoder": (2, z * config.outputs), "decoder": (2, 3, size, size)}
    tried: dict[str, Callable[[], Any]] = {
        "encoder": lambda: autoencoder.code(torch.zeros(2, 3, size, size)),
        "decoder": lambda: autoencoder.decode_logits(torch.zeros(2, z)),
    }
    for half, run in tried.items():
        name = getattr(config, half) or f"the built-in {half}"
        try:
            with torch.inference_mode():
                given = run()
        except Exception as error:
            raise InputError(f"{name}: failed on two images ({type(error).__name__}: {error})") from error
        if not isinstance(given, torch.Tensor) or tuple(given.shape) != expected[half]:
            shape = tuple(given.shape) if isinstance(given, torch.Tensor) else type(given).__name__
            raise InputError(
                f"{name}: two images of {size}×{size} pixels and {z} components gave {shape}; the {half} must give "
                f"{expected[half]}"
            )
    try:
        save({name: tensor.contiguous() for name, tensor in autoencoder.state_dict().items()})
    except Exception as error:
        raise InputError(f"the weights of the custom network cannot be saved as tensors ({error})") from error
