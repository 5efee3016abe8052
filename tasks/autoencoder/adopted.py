"""An autoencoder that was trained elsewhere, as it lies in a model's artifact."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import torch
from pydantic import Field

from storage.files import read_json
from tasks.autoencoder.conventions import MODEL, WEIGHTS, Conventions
from tasks.autoencoder.halves import FactoryHalf, Half, OnnxHalf, run_in_parts
from tasks.autoencoder.interface import ADOPTED, DESCRIPTION
from tasks.stage.config import StageConfig


class AdoptedConfig(StageConfig):
    """All that must be known to use the files in ``encoder/`` and ``decoder/``."""

    family: Literal["adopted"] = "adopted"
    image_size: int = Field(description="Side of the square images, pixels.")
    latent: tuple[int, ...] = Field(description="Shape of what the decoder takes for one image.")
    latent_dim: int = Field(description="Components of a latent vector z, which is that flattened, row by row.")
    latent_output: str = Field(description="Which output of the encoder is z.")
    decoded_output: str = Field(description="Which output of the decoder is the image.")
    variational: bool = Field(description="Whether it has a prior, N(0, I).")
    trust: bool = Field(False, description="Whether its conventions were declared against what the images show.")
    pixels: Conventions = Field(description="The images that the encoder takes.")
    output: Conventions = Field(description="The images that the decoder gives.")
    encoder: str | None = Field(None, description="Import path of the encoder's factory; None: an ONNX file.")
    decoder: str | None = Field(None, description="Import path of the decoder's factory; None: an ONNX file.")
    sources: dict[str, str] = Field({}, description="Digests of the modules of the factories, by name.")


class Adopted:
    """Encoder and decoder with the conventions in which they take and give images."""

    def __init__(self, config: AdoptedConfig, encoder: Half, decoder: Half) -> None:
        self.config, self._encoder, self._decoder = config, encoder, decoder
        self.image_size, self.latent_dim = config.image_size, math.prod(config.latent)
        self.device = encoder.device

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """z (n, d) of ``images`` (n, 3, S, S) in [0, 1]."""
        name = self.config.latent_output
        return run_in_parts(self._encoder, self.config.pixels.given(images), [name])[name].flatten(1)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Images (n, 3, S, S) in [0, 1] of ``z`` (n, d); what is darker than black or lighter than white is cut."""
        name = self.config.decoded_output
        pictures = run_in_parts(self._decoder, z.reshape(-1, *self.config.latent), [name])[name]
        return self.config.output.read(pictures).clamp(0, 1)


def is_adopted(model: Path) -> bool:
    """Whether the model in the folder ``model`` was trained elsewhere."""
    path = model / DESCRIPTION
    return path.exists() and read_json(path).get("family") == ADOPTED


def load_adopted(model: Path, device: torch.device) -> Adopted:
    """The adopted autoencoder in the folder ``model``. Raises ``ValueError`` if a file is missing or damaged."""
    config = AdoptedConfig.model_validate(read_json(model / DESCRIPTION))

    def half(name: str, factory: str | None) -> Half:
        folder = model / name
        if factory is None:
            return OnnxHalf(folder / MODEL, device)
        return FactoryHalf(factory, folder / WEIGHTS, name, device, config.sources)

    return Adopted(config, half("encoder", config.encoder), half("decoder", config.decoder))
