"""The second stage of a two-stage VAE (Dai & Wipf 2019, arXiv 1903.05789): a VAE of the latent points themselves."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from tasks.sampling.learning.fit import Learner


def _layers(r: int, width: int, depth: int, dropout: float, out: int) -> nn.Sequential:
    sizes = [r, *[width] * depth]
    hidden = [layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b), nn.SiLU())]
    return nn.Sequential(*hidden, nn.Dropout(dropout), nn.Linear(width, out))


class SecondVAE(Learner):
    """A VAE of r whitened coordinates with as many latent ones and a learned variance of the decoder.

    Encoder and decoder are a network added to a diagonal matrix.
    """

    def __init__(self, r: int, width: int, depth: int, dropout: float, seed: int) -> None:
        super().__init__(r)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder, self.decoder = (_layers(r, width, depth, dropout, out) for out in (2 * r, r))
        for network in (self.encoder, self.decoder):
            nn.init.zeros_(network[-1].weight)  # type: ignore[arg-type]
            nn.init.zeros_(network[-1].bias)  # type: ignore[arg-type]
        # The best linear VAE of a normal distribution of unit variance: w = u·√½ + noise of variance ½.
        self.encoded, self.decoded = (nn.Parameter(torch.full((r,), math.sqrt(0.5))) for _ in range(2))
        self.log_noise = nn.Parameter(torch.tensor(0.5 * math.log(0.5)))

    def decode(self, u: Tensor) -> Tensor:
        """The mean of w (n, r) given the latent ``u`` (n, r)."""
        mean: Tensor = self.decoded * u + self.decoder(u)
        return mean

    def losses(self, w: Tensor, random: torch.Generator) -> Tensor:
        """Minus the evidence lower bound of the log density, a coordinate."""
        added, log_spread = self.encoder(w).chunk(2, dim=1)
        mean, log_spread = self.encoded * w + added, log_spread + 0.5 * math.log(0.5)
        u = mean + torch.exp(log_spread) * torch.randn(w.shape, generator=random)
        divergence = 0.5 * (mean**2 + torch.exp(2 * log_spread) - 1) - log_spread
        error = 0.5 * ((w - self.decode(u)) / torch.exp(self.log_noise)) ** 2 + self.log_noise
        total: Tensor = divergence + error
        return total.mean(dim=1) + 0.5 * math.log(2 * math.pi)

    def draw(self, rng: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
        """Decoded noise."""
        latent, noise = rng.standard_normal((2, count, len(self.get_buffer("centre")))).astype(np.float32)
        return self.generate(latent, noise)

    def generate(self, latent: npt.NDArray[np.float32], noise: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The points (n, r) of ``latent`` (n, r) with the decoder's own ``noise`` (n, r), both standard normal."""
        with torch.no_grad():
            mean = self.decode(torch.from_numpy(latent))
            return (mean + torch.exp(self.log_noise) * torch.from_numpy(noise)).numpy()
