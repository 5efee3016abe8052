"""A model for a single command, loaded without what torch imports only to leave weights empty."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from

from storage.files import read_json
from tasks.autoencoder.adopted import is_adopted
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.folding import fold
from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.autoencoder.network import Autoencoder


def load_quickly(model: Path, device: torch.device) -> EncoderDecoder:
    """As ``load_for_inference``, which also explains what is wrong where this fails.

    A network without weights is made on torch's meta device, which imports SymPy: half a second, where drawing weights
    that are replaced at once takes a hundredth.
    """
    if not is_adopted(model):
        with suppress(OSError, ValueError, RuntimeError, SafetensorError):
            network = Autoencoder(AutoencoderConfig.model_validate(read_json(model / "autoencoder.json")), seed=0)
            network.load_state_dict(tensors_from((model / "best.safetensors").read_bytes()))
            return fold(network.to(device).eval())
    return load_for_inference(model, device)
