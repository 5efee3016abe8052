"""The autoencoder itself, which several stages share: its network, its files, images to z-points and back."""
