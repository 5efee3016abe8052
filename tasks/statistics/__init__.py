"""The statistics of the latent points: moments, distributions, axes, distances and core."""
