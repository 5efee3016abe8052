"""How the autoencoder looks and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from tasks.autoencoder.config import Activation, AutoencoderConfig, Channels, Normalisation
from tasks.config import StageConfig, machine_field


class TrainConfig(StageConfig):
    """The autoencoder, its loss and the schedule of its training (Muon or AdamW, one-cycle learning rate)."""

    channels: Channels = Field(
        (32, 64, 128, 256),
        description="Feature maps of each encoder stage, one per halving of the image; the decoder mirrors them.",
    )
    latent_dim: int = Field(256, ge=1, le=4096, description="Components of a latent vector z.")
    normalisation: Normalisation = Field("batch", description="Normalisation of the feature maps after a convolution.")
    activation: Activation = Field("leaky_relu", description="Activation function after each normalisation.")
    loss: Literal["mse", "mae", "bce"] = Field(
        "mse",
        description="What is minimised: mean squared error, mean absolute error or binary cross-entropy per pixel.",
    )
    epochs: int = Field(40, ge=1, le=10_000, description="Passes through the training images.")
    batch_size: int = Field(
        64, ge=1, le=8192, description="Images per step at most; an epoch is cut into equal batches."
    )
    seed: int = Field(
        0, ge=0, lt=2**63, description="Decides the first weights, the order of the images and the flips."
    )
    optimizer: Literal["muon", "adamw"] = Field(
        "muon", description="How a gradient becomes a step; muon needs several times fewer steps than adamw."
    )
    learning_rate: float = Field(
        1e-2,
        gt=0,
        le=10,
        description="Peak of the one-cycle learning rate; if not given 0.01 for muon, 0.003 for adamw.",
    )
    weight_decay: float = Field(1e-2, ge=0, le=10, description="Decoupled weight decay of the kernels.")
    flips: bool = Field(True, description="Mirror every training image left to right with probability 1/2.")
    device: str = machine_field("auto", description="auto, cpu, cuda, cuda:0 or mps.")
    precision: Literal["auto", "fp32", "bf16"] = machine_field(
        "auto", description="Arithmetic of the training steps; auto measures what is fastest. Weights stay float32."
    )
    memory_format: Literal["auto", "contiguous", "channels_last"] = machine_field(
        "auto", description="Order of the dimensions in memory; auto measures what is fastest."
    )
    image_memory: Literal["auto", "resident", "streamed"] = machine_field(
        "auto",
        description="Whether the images stay on the device or are read anew each epoch; the same result either way.",
    )
    processes: int = machine_field(
        1,
        ge=1,
        le=1024,
        description="Processes on each machine that train together (torchrun, DDP): one for each GPU. Each takes its "
        "share of every batch.",
    )
    nodes: int = machine_field(1, ge=1, le=1024, description="Machines that train together, which share the store.")
    rendezvous: str | None = machine_field(
        None,
        pattern=r"^[^\s:]+:\d{1,5}$",
        description="Where several machines meet, host:port of the one that runs the study; opened to the network.",
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_learning_rate(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("optimizer") == "adamw":
            return {"learning_rate": 3e-3, **values}
        return values

    @model_validator(mode="after")
    def _somewhere_to_meet(self) -> TrainConfig:
        if self.nodes > 1 and self.rendezvous is None:
            raise ValueError("several train.nodes need train.rendezvous=host:port, where they meet")
        return self

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
        )
