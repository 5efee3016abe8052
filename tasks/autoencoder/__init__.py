"""The autoencoder, which several stages share: its network, its files, images to latent points and back."""
