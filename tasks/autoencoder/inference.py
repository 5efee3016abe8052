"""A model of any kind, to encode and decode with."""

from __future__ import annotations

from pathlib import Path

import torch

from tasks.autoencoder.adopted import is_adopted, load_adopted
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.folding import fold
from tasks.autoencoder.interface import EncoderDecoder
from tasks.compute.held import held


@held
def load_for_inference(model: Path, device: str | torch.device = "cpu") -> EncoderDecoder:
    """The model in the folder ``model``, trained or adopted, to encode and decode with on ``device``.

    Raises ``ValueError`` if a file is missing or damaged.
    """
    if is_adopted(model):
        return load_adopted(model, torch.device(device))
    return fold(load_autoencoder(model, device))
