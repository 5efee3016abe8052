"""The autoencoder's files: weights as safetensors, the network's configuration as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from
from safetensors.torch import save as safetensors_bytes

from storage.files import read_json, write_bytes, write_json
from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder

Which = Literal["best", "last"]


def save_config(config: AutoencoderConfig, model: Path) -> None:
    """Write ``model/autoencoder.json``."""
    write_json(model / "autoencoder.json", config.model_dump(mode="json"))


def save_weights(autoencoder: Autoencoder, model: Path, which: Which) -> None:
    """Write the whole state of ``autoencoder`` to ``model/<which>.safetensors``, whole or not at all."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in autoencoder.state_dict().items()}
    write_bytes(model / f"{which}.safetensors", safetensors_bytes(state))


def load_autoencoder(model: Path, device: str | torch.device = "cpu", which: Which = "best") -> Autoencoder:
    """The autoencoder in the folder ``model`` on ``device``, in eval mode.

    Raises ``ValueError`` that names the file if one is missing, damaged or belongs to another network.
    """
    weights = model / f"{which}.safetensors"
    for path in (model / "autoencoder.json", weights):
        if not path.exists():
            raise ValueError(f"{path} is missing; delete {model} to train again")
    try:
        autoencoder = Autoencoder(AutoencoderConfig.model_validate(read_json(model / "autoencoder.json")), seed=None)
        autoencoder.load_state_dict(tensors_from(weights.read_bytes()))
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise ValueError(f"{weights} cannot be used ({error}); delete {model} to train again") from error
    return autoencoder.to(device).eval()
