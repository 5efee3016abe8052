"""The regularised autoencoder RAE-L2, for comparison: no noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from tasks.training.family import Family, FamilyConfig

if TYPE_CHECKING:
    import torch


class RaeConfig(FamilyConfig):
    """The weights of the two regularisers."""

    beta: float = Field(
        1.0,
        ge=0,
        le=1000,
        description="Weight of ½|z|² against the error summed over all pixel values.",
    )
    decoder_decay: float = Field(
        0.1, ge=0, le=10, description="Decoupled weight decay of the decoder's kernels, in place of train.weight_decay."
    )


class RegularisedAutoencoder(Family[RaeConfig]):
    """latent points held together by beta·½|z|², the decoder kept smooth by weight decay (Ghosh et al. 2020, RAE-L2).

    arXiv 1903.12436, eq. 11: error + beta·½|z|² + lambda·|decoder weights|²; drawn from by an ex-post density, which
    is what the samplers are. The decoder's penalty is a decoupled decay here: as part of the gradient it would lose
    its meaning under an optimizer that normalises its steps (Loshchilov & Hutter 2019, arXiv 1711.05101).
    """

    config_model = RaeConfig
    order = 2
    title = "regularised autoencoder (RAE-L2)"

    def penalty(self, code: torch.Tensor) -> torch.Tensor:
        """beta·½|z|², (n,)."""
        return self.config.beta * 0.5 * code.square().sum(dim=1)

    def decoder_decay(self, weight_decay: float) -> float:
        """The family's own."""
        return self.config.decoder_decay
