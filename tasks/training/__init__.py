"""The training of the autoencoder: from images to weights, history and the comparison with a PCA."""
