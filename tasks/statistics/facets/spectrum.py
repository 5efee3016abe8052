"""The spectrum of the covariance in few numbers: on how many axes do the latent points really vary?"""

from __future__ import annotations

import numpy as np

from tasks.statistics.dependence import participation_ratio
from tasks.statistics.facet import Cloud, Facet


def measure(cloud: Cloud) -> Facet | None:
    """Participation ratios of covariance and correlation beside those of independent components of the same n.

    The correlation of n independent points in v dimensions has E Σλ² = v + v(v − 1)/(n − 1).
    """
    analysis = cloud.analysis
    varies, count = analysis.train.varies, int(analysis.train.count)
    components = int(varies.sum())
    eigenvalue, _ = analysis.axes
    own = np.linalg.eigvalsh(analysis.correlation[np.ix_(varies, varies)]).astype(np.float64)[::-1]
    facts = {
        "components": components,
        "participation_ratio": participation_ratio(eigenvalue),
        "correlation_participation_ratio": participation_ratio(own),
        "independent_participation_ratio": components / (1 + (components - 1) / (count - 1)),
        "largest_share": float(eigenvalue[0] / eigenvalue.sum()),
        "correlation_largest_eigenvalue": float(own[0]),
        "independent_largest_eigenvalue": float((1 + np.sqrt(components / (count - 1))) ** 2),
    }
    return Facet({"correlation_eigenvalue": (own, ("varying_axis",))}, facts)
