"""Networks that learn the distribution of latent points, in whitened coordinates."""
