"""One file a sampler; the registry finds them by their file names, nothing else has to be told."""
