"""Configuration of the features of real images, which depend on no metric."""

from __future__ import annotations

from pydantic import Field

from tasks.stage.config import StageConfig, machine_field


class NetworkConfig(StageConfig):
    """The feature network and its training; with the data set it decides the features and nothing else does."""

    epochs: int = Field(8, ge=1, le=1000, description="Passes through the training images.")
    batch_size: int = Field(64, ge=2, le=4096, description="Images per step.")
    learning_rate: float = Field(3e-3, gt=0, le=1, description="Peak of the one-cycle learning rate.")
    images: int = Field(20_000, ge=2, le=10_000_000, description="Maximum number of training images, a seeded choice.")
    seed: int = Field(0, ge=0, description="Seed of the weights, the order of the images and their mirroring.")


class FeaturesConfig(StageConfig):
    """What the features of real images are made with."""

    network: NetworkConfig = Field(NetworkConfig(), description="The network in whose features faces are compared.")
    device: str = machine_field("auto", description="Device for the networks: auto, cpu, cuda, cuda:0 or mps.")
