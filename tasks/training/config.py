"""How the autoencoder looks and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from tasks.autoencoder.config import Activation, AutoencoderConfig, Channels, Normalisation
from tasks.autoencoder.custom import PATH, custom_sources
from tasks.stage.config import StageConfig, machine_field
from tasks.training.family import Family
from tasks.training.registry import FAMILIES

FEWEST_IMAGES = 8
"""Training images below which nothing is trained."""


class TrainingConfig(StageConfig):
    """The settings that all families of autoencoders share."""

    family: str = Field(
        "ae",
        description="Family of autoencoders: "
        + "; ".join(f"{name}, {kind.title}" for name, kind in FAMILIES.every().items())
        + ".",
    )
    encoder: str | None = Field(
        None,
        pattern=PATH,
        description="Custom encoder: import path of a factory (package.module:factory), whose code is run. It is "
        "called with image_size and latent_dim and returns a torch module; channels, normalisation and activation are "
        "ignored.",
    )
    decoder: str | None = Field(None, pattern=PATH, description="Custom decoder, given like encoder.")
    channels: Channels = Field(
        (32, 64, 128, 256),
        description="Feature maps of each encoder stage, one per halving of the image; the decoder mirrors them.",
    )
    latent_dim: int = Field(256, ge=1, le=4096, description="Components of a latent vector z.")
    normalisation: Normalisation = Field("batch", description="Normalisation of the feature maps after a convolution.")
    activation: Activation = Field("leaky_relu", description="Activation function after each normalisation.")
    loss: Literal["mse", "mae", "bce"] = Field(
        "mse",
        description="Loss per pixel: mean squared error, mean absolute error or binary cross-entropy.",
    )
    epochs: int = Field(40, ge=1, le=10_000, description="Passes through the training images.")
    batch_size: int = Field(
        64, ge=1, le=8192, description="Maximum number of images per step; an epoch is cut into equal batches."
    )
    seed: int = Field(
        0, ge=0, lt=2**63, description="Seed of the initial weights, the order of the images and the flips."
    )
    optimizer: Literal["muon", "adamw"] = Field(
        "muon", description="Optimizer; muon needs several times fewer steps than adamw."
    )
    learning_rate: float = Field(
        1e-2,
        gt=0,
        le=10,
        description="Peak of the one-cycle learning rate; by default 0.01 for muon and 0.003 for adamw.",
    )
    weight_decay: float = Field(1e-2, ge=0, le=10, description="Decoupled weight decay of the kernels.")
    flips: bool = Field(True, description="Mirror every training image left to right with probability 1/2.")
    device: str = machine_field("auto", description="Device for training: auto, cpu, cuda, cuda:0 or mps.")
    precision: Literal["auto", "fp32", "bf16"] = machine_field(
        "auto",
        description="Arithmetic of the training steps; auto measures which is fastest, on a CPU by processor time, so "
        "that other programs change nothing. Weights stay float32.",
    )
    memory_format: Literal["auto", "contiguous", "channels_last"] = machine_field(
        "auto", description="Order of the dimensions in memory; auto measures which is fastest."
    )
    compile: bool = machine_field(
        False,
        description="Compile the network with torch.compile: on two CPU cores 1.2 to 1.5 times as fast in fp32, after "
        "half a minute for each batch size; bf16 gains little. On a CPU this needs a C++ compiler. Precision and "
        "memory format are still chosen by timing the uncompiled network.",
    )
    image_memory: Literal["auto", "resident", "streamed"] = machine_field(
        "auto",
        description="Whether the images stay on the device or are read again in each epoch; the result is the same.",
    )
    processes: int = machine_field(
        1,
        ge=1,
        le=1024,
        description="Training processes on each machine (torchrun, DDP): one for each GPU. Each takes its share of "
        "every batch.",
    )
    nodes: int = machine_field(1, ge=1, le=1024, description="Machines that train together; they must share the store.")
    rendezvous: str | None = machine_field(
        None,
        pattern=r"^[^\s:]+:\d{1,5}$",
        description="Where several machines meet: host:port of the one that runs the study, open to the network.",
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_learning_rate(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("optimizer") == "adamw":
            return {"learning_rate": 3e-3, **values}
        return values

    @model_validator(mode="after")
    def _together(self) -> TrainingConfig:
        if self.compile and (self.team_size > 1 or self.encoder or self.decoder):
            raise ValueError(
                "train.compile is only for the built-in network in one process: omit it, or omit train.processes, "
                "train.nodes, train.encoder and train.decoder"
            )
        if self.nodes > 1 and self.rendezvous is None:
            raise ValueError("train.nodes above 1 needs train.rendezvous=host:port")
        return self

    @field_validator("family")
    @classmethod
    def _known_family(cls, name: str) -> str:
        if name not in FAMILIES.names():
            raise ValueError(f"unknown family {name!r}; choose from {', '.join(FAMILIES.names())}")
        return name

    def identity(self) -> dict[str, Any]:
        """The values that decide the weights: the settings of the chosen family alone, of a custom network the source.

        Raises ``InputError`` if that is not found.
        """
        identity = super().identity()
        for name in FAMILIES.names():
            if name != self.family or not identity[name]:
                del identity[name]
        if sources := self.sources:
            identity["sources"] = sources
        return identity

    @property
    def sources(self) -> dict[str, str]:
        """Digests of the modules of a custom network. Raises ``InputError`` for one that is not found."""
        return custom_sources((self.encoder, self.decoder))

    @property
    def module(self) -> str:
        """The module whose code decides this family's training beside that of all families."""
        return FAMILIES.module(self.family)

    def kind(self) -> Family[Any]:
        """The family with its settings."""
        return FAMILIES.named(self.family)(getattr(self, self.family))

    @property
    def team_size(self) -> int:
        """Processes on all machines together."""
        return self.processes * self.nodes

    def autoencoder(self, image_size: int) -> AutoencoderConfig:
        """The network for images of ``image_size`` × ``image_size`` pixels."""
        return AutoencoderConfig(
            image_size=image_size,
            channels=self.channels,
            latent_dim=self.latent_dim,
            normalisation=self.normalisation,
            activation=self.activation,
            family=self.family,
            outputs=FAMILIES.named(self.family).outputs,
            encoder=self.encoder,
            decoder=self.decoder,
            sources=self.sources,
        )


def build_config() -> type[TrainingConfig]:
    """The model with one field per family, named after it, so that ``train.vae.beta`` is a setting."""
    doc = "The autoencoder, its loss and the schedule of its training (Muon or AdamW, one-cycle learning rate)."
    return FAMILIES.extended("TrainConfig", TrainingConfig, doc)


if TYPE_CHECKING:
    TrainConfig: TypeAlias = TrainingConfig
else:
    TrainConfig = build_config()
