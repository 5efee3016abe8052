"""The plain autoencoder."""

from __future__ import annotations

from tasks.training.family import Family, FamilyConfig


class PlainAutoencoder(Family[FamilyConfig]):
    """Nothing but the reconstruction error: no prior, no noise, no penalty."""

    order = 0
    title = "plain autoencoder"
