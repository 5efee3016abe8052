"""Our network in pythae's classes (Chadebec et al. 2022, arXiv 2206.08309), so that both compute the same."""

from __future__ import annotations

import numpy as np
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import AE, VAE, AEConfig, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder

from tasks.autoencoder.network import Autoencoder


class Encoder(BaseEncoder):
    def __init__(self, network: Autoencoder) -> None:
        super().__init__()
        self.latent_dim = network.config.latent_dim
        self.layers = network.encoder

    def forward(self, x: torch.Tensor) -> ModelOutput:
        return ModelOutput(embedding=self.layers(x * 2 - 1))


class CertainEncoder(Encoder):
    """The same as the encoder of a VAE, whose posterior is as good as a point."""

    def forward(self, x: torch.Tensor) -> ModelOutput:
        mean = super().forward(x).embedding
        return ModelOutput(embedding=mean, log_covariance=torch.full_like(mean, -30.0))


class Decoder(BaseDecoder):
    def __init__(self, network: Autoencoder) -> None:
        super().__init__()
        self.layers = network.decoder

    def forward(self, z: torch.Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=torch.sigmoid(self.layers(z)))


def pythae_model(network: Autoencoder) -> AE:
    """pythae's autoencoder around the layers of ``network``."""
    side = network.config.image_size
    config = AEConfig(input_dim=(3, side, side), latent_dim=network.config.latent_dim)
    return AE(config, Encoder(network), Decoder(network))


def pythae_vae(network: Autoencoder) -> VAE:
    """The same as a VAE: some of pythae's samplers take no other model."""
    side = network.config.image_size
    config = VAEConfig(input_dim=(3, side, side), latent_dim=network.config.latent_dim)
    return VAE(config, CertainEncoder(network), Decoder(network))


def pythae_set(images: np.ndarray) -> BaseDataset:
    """``images`` (n, S, S, 3) uint8 as pythae takes them: float32 in memory."""
    data = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255
    return BaseDataset(data=data, labels=torch.zeros(len(data)))
