"""The adopt stage: an autoencoder that was trained elsewhere is checked, measured and recorded as a model."""
