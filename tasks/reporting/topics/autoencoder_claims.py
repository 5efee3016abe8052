"""Findings about the autoencoder itself."""

from __future__ import annotations

from tasks.finished.numbers import Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import percent, short

RANK = 20


def autoencoder(numbers: Numbers) -> Finding | None:
    """Held-out error against a PCA with as many components."""
    own, linear = (at(numbers.yardstick, model, "mse") for model in ("autoencoder", "pca"))
    if not own or not linear:
        return None
    ratio = own / linear
    if ratio < 0.98:
        text = f"The autoencoder reconstructs better than a PCA of the same size: {percent(1 - ratio)} less error."
    elif ratio <= 1.02:
        text = "The autoencoder reconstructs about as well as a PCA of the same size."
    else:
        text = f"The autoencoder does not reach a PCA of the same size: {percent(ratio - 1)} more error."
        text += " More training may help."
    return Finding(
        "autoencoder",
        "autoencoder",
        text,
        f"Held-out mean squared error {short(own)} against {short(linear)}.",
        (Evidence("autoencoder", own), Evidence("PCA", linear)),
        "held-out MSE per pixel, lower is better",
    )


FINDERS = (autoencoder,)
