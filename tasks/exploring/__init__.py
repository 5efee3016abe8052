"""A finished study at hand: draw, decode, encode, measure, walk through the latent space, and take it elsewhere."""
