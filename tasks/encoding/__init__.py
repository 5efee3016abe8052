"""Every image to its latent point, and how well it is reconstructed from there."""
