"""An autoencoder as every stage after its training knows it: two functions, and the sizes of what they take.

The built-in network, one with custom halves and one that was adopted are three ways to get it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from storage.files import read_json

if TYPE_CHECKING:
    import torch

DESCRIPTION = "autoencoder.json"
"""The file of a model's artifact that says what it is."""

ADOPTED = "adopted"
"""The family of autoencoders that were trained elsewhere."""


class EncoderDecoder(Protocol):
    """E and D, images (n, 3, S, S) in [0, 1] to z (n, d) and back, float32 on ``device``."""

    @property
    def image_size(self) -> int:
        """S, pixels."""

    @property
    def latent_dim(self) -> int:
        """d, components."""

    @property
    def device(self) -> torch.device:
        """Where images and z must lie."""

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """z (n, d) of ``images`` (n, 3, S, S) in [0, 1]."""

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Images (n, 3, S, S) in [0, 1] of ``z`` (n, d)."""


class Sizes(NamedTuple):
    """Side of the images in pixels, and components of a latent vector."""

    image_size: int
    latent_dim: int


def sizes_of(model: Path) -> Sizes:
    """The sizes of the model in the folder ``model``, without its weights. Raises ``ValueError`` if it says none."""
    path = model / DESCRIPTION
    if not path.exists():
        raise ValueError(f"{path} is missing; delete {model} to make it again")
    described = read_json(path)
    return Sizes(described["image_size"], described["latent_dim"])
