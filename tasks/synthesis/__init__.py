"""Portraits drawn from correlated factors, laid out in files as CelebA is."""
