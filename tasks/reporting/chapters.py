"""The story of the report: its chapters in the order of the science, and what each of them asks."""

from __future__ import annotations

from tasks.page.chapters import Chapter

CHAPTERS = (
    Chapter("the-data", "Data and model", "What was the autoencoder trained on, and how well?", ("autoencoder",)),
    Chapter("the-distributions", "Distributions", "What values does each component take?", ("kinds",)),
    Chapter("the-core", "The core", "Where do the points lie, and in what shape?", ("offset", "one_by_one")),
    Chapter("the-correlations", "Correlations", "Are the components correlated?", ("dependence",)),
    Chapter("the-axes", "Main axes", "Along which directions do points vary, and how do faces change?", ("variance",)),
    Chapter("the-samplers", "Samplers", "What faces do the samplers make with the same decoder?", ("drawing",)),
    Chapter("the-ladder", "The ladder", "Which draw comes closest to real faces?", ("correlations",)),
    Chapter(
        "near-by", "Micro-correlations", "Is there structure that a single covariance misses, and does it help?",
        ("micro", "local_structure", "correction"),
    ),
    Chapter("in-use", "What to use", "So how should a latent vector be drawn?"),
    Chapter("the-words", "Terms and limits", "What do the terms mean, and what do the numbers not show?"),
)  # fmt: skip
"""A section's ``ORDER`` begins with the number of its chapter: 420 is in the fourth."""
