"""The autoencoder's training: from the training partition's images to weights, history and yardstick."""
