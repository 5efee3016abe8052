"""``reencoding``: does encoding the decoded image return z?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tasks.assessment.metric import Draw, Metric, Reference, Shown


class ReencodingError(Metric):
    """Mean whitened distance |E(D(z)) − z|: the Mahalanobis length by the training points' covariance.

    A photograph's z-point is its encoding, so the row ``real`` is 0 by definition.
    """

    space = "latent"
    shown = Shown(
        "re-encoding",
        "lower",
        "whitened distance |E(D(z)) − z|: does encoding the decoded image return z?",
        order=10,
        aspect=True,
    )

    def against(self, reference: Reference) -> Callable[[Draw], float]:
        """Nothing depends on which images are the reference."""

        def error(draw: Draw) -> float:
            step = draw.encoded.astype(np.float64) - draw.latents
            squared = np.einsum("ij,ij->i", step @ reference.precision, step)
            return float(np.sqrt(np.maximum(squared, 0)).mean())

        return error
