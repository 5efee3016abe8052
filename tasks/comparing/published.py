"""The published table beside ours: as it stands where Inception features are at hand, as ratios everywhere.

Ghosh, Sajjadi, Vergari, Black & Schölkopf 2020, "From variational to deterministic autoencoders", ICLR, arXiv
1903.12436, table 1: CelebA, centre crop 140, 64×64 pixels, 64 components, 10,000 samples, Fréchet Inception distance.
Its column N draws from the prior for a VAE, and elsewhere from one normal distribution fitted to the latent points;
GMM is a mixture of ten full-covariance normal distributions.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.sampling.registry import prior

INCEPTION = "inception"

MIXTURE = ("gaussian_mixture", "components=10")


@dataclass(frozen=True)
class Published:
    """FID of reconstructions, of draws from one normal distribution, and of draws from the mixture."""

    title: str
    reconstruction: float
    normal: float
    mixture: float


PUBLISHED = {
    "ae": Published("AE", 40.79, 127.85, 45.10),
    "vae": Published("VAE", 39.12, 48.12, 45.52),
    "rae": Published("RAE-L2", 43.52, 51.13, 47.97),
}


def normal_draw(family: str) -> tuple[str, str]:
    """The sampler and level that stand for the table's column N.

    The sampler of the prior draws a VAE's own with its setting ``prior``; else it gives its draws the points' median
    radius, which is less: the points are the posteriors' means.
    """
    return (prior(), "scale=1.0") if family == "vae" else ("multivariate_normal", "scale=1.0")
