"""One file per sampler; the registry finds them by their file names."""
