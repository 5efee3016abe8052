"""The read stage: latent points from a file, in place of a data set, a model and its latents."""
