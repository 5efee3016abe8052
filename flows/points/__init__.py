"""The study of points alone: statistics, samplers and their comparison in latent space, without images."""
