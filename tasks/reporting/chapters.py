"""The story of the report: its chapters in the order of the science, and what each of them asks."""

from __future__ import annotations

from tasks.page.chapters import Chapter

CHAPTERS = (
    Chapter("the-data", "Data and model", "What was learnt from, and how well?", ("autoencoder",)),
    Chapter("the-distributions", "Distributions", "What values does each component take?", ("kinds",)),
    Chapter("the-core", "The core", "Where do the points lie, and in what shape?", ("offset", "one_by_one")),
    Chapter("the-correlations", "Correlations", "Do the components know of each other?", ("dependence",)),
    Chapter("the-axes", "Main axes", "Along which directions do the points vary, and how do faces?", ("variance",)),
    Chapter("the-samplers", "Samplers", "What do the ways of drawing make of the same decoder?", ("drawing",)),
    Chapter("the-ladder", "The ladder", "Which draw comes closest to real faces?", ("correlations",)),
    Chapter(
        "near-by", "Micro-correlations", "Is there structure that one covariance does not hold, and does it help?",
        ("micro", "local_structure", "correction"),
    ),
    Chapter("in-use", "What to use", "So how should a latent vector be drawn?"),
    Chapter("the-words", "Words and limits", "What do the words mean, and what do the numbers not tell?"),
)  # fmt: skip
"""A section's ``ORDER`` begins with the number of its chapter: 420 is in the fourth."""
