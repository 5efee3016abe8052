"""What an autoencoder looks like."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError

Normalisation = Literal["batch", "group", "none"]
Activation = Literal["relu", "leaky_relu", "elu", "silu", "gelu"]
Channels = Annotated[tuple[Annotated[int, Field(ge=1, le=2048)], ...], Field(min_length=1, max_length=8)]


class AutoencoderConfig(StageConfig):
    """A network's shape: enough to build it again from its weights."""

    image_size: int = Field(64, ge=32, le=256, description="Side of the square images, pixels.")
    channels: Channels = Field(
        (32, 64, 128, 256),
        description="Feature maps of each encoder stage, one per halving of the resolution; the decoder mirrors them.",
    )
    latent_dim: int = Field(256, ge=1, le=4096, description="Components of a latent vector z.")
    normalisation: Normalisation = Field("batch", description="Normalisation of the feature maps after a convolution.")
    activation: Activation = Field("leaky_relu", description="Activation function after each normalisation.")
    family: str = Field("ae", description="The family of autoencoders it was trained as.")
    outputs: int = Field(1, ge=1, le=2, description="Encoder outputs per component; the first of them is z.")
    encoder: str | None = Field(None, description="Import path of the factory of a custom encoder.")
    decoder: str | None = Field(None, description="Import path of the factory of a custom decoder.")
    sources: dict[str, str] = Field({}, description="Digests of the modules of a custom network, by name.")


def check_image_size(image_size: int, channels: tuple[int, ...]) -> None:
    """Raise ``InputError`` unless images of ``image_size`` pixels can be halved once per entry of ``channels``."""
    factor = 2 ** len(channels)
    if image_size % factor == 0:
        return
    stages = next(k for k in range(len(channels), -1, -1) if image_size % 2**k == 0)
    sizes = [size for size in (image_size // factor * factor, (image_size // factor + 1) * factor) if 32 <= size <= 256]
    entries = "entry" if stages == 1 else "entries"
    fewer = f", or at most {stages} {entries} in train.channels" if stages else ""
    raise InputError(
        f"images of {image_size}×{image_size} pixels cannot be halved {len(channels)} times, once per entry of "
        f"train.channels={list(channels)}: use ingest.image_size={' or '.join(map(str, sizes))}{fewer}"
    )
