"""The rate stage: how close to held-out points each sampler's draws come, in latent space alone."""
