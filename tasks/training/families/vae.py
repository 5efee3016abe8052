"""The variational autoencoder, for comparison: it has a prior to draw from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from tasks.training.family import Family, FamilyConfig

if TYPE_CHECKING:
    import torch

LEAST, MOST = -20.0, 10.0
"""Bounds of the log-variance: beyond them exp leaves float32's useful range, and so would the loss."""


class VaeConfig(FamilyConfig):
    """The weight of the prior."""

    beta: float = Field(
        1.0,
        gt=0,
        le=1000,
        description="Weight of the KL divergence, summed over the components, against the error summed over all pixel "
        "values: with the squared error, twice the variance of the pixels' noise. Less keeps more of an image, and "
        "leaves the prior a worse place to draw from.",
    )


class VariationalAutoencoder(Family[VaeConfig]):
    """A posterior N(mean, variance) for each image, held to N(0, I) by its KL divergence (Kingma & Welling 2014).

    Trained: error(x, D(mean + sqrt(variance)·noise)) + beta·KL. The encoder gives mean and log-variance; the latent
    point is the posterior's mean. With the squared error and Gaussian pixels of variance s², −ELBO is (error / 2s²) +
    KL up to a constant, so beta = 2s² (arXiv 1312.6114, eq. 10; beta as in Higgins et al. 2017, up to that unit).
    """

    config_model = VaeConfig
    order = 1
    title = "variational autoencoder"
    outputs = 2
    stochastic = True

    def latent(self, code: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        """A draw from each posterior, reparametrised."""
        assert noise is not None
        mean, log_variance = split(code.float())
        return mean + (0.5 * log_variance).exp() * noise

    def penalty(self, code: torch.Tensor) -> torch.Tensor:
        """beta·KL(N(mean, variance) ‖ N(0, I)), (n,)."""
        return self.config.beta * divergence(*split(code))


def split(code: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and log-variance (n, d) of the encoder's output (n, 2d)."""
    mean, log_variance = code.chunk(2, dim=1)
    return mean, log_variance.clamp(LEAST, MOST)


def divergence(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """KL(N(mean, exp(log_variance)) ‖ N(0, I)), (n,): ½ Σ (mean² + variance − 1 − log variance), in nats."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)
