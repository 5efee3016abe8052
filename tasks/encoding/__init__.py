"""Every image to its z-point, and how well it is reconstructed from there."""
