"""The sample stage: draw latent points in every way that is configured, and decode them."""
