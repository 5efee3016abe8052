"""What the cloud of latent points is like: its moments, distributions, axes, distances and core."""
