"""The spectrum of the covariance in few numbers: on how many axes do the latent points really vary?"""

from __future__ import annotations

import numpy as np

from tasks.statistics.dependence import independent_spectra, participation_ratio
from tasks.statistics.facet import Cloud, Facet, Labelled

SURE = 4.0
"""Standard deviations above the mean simulated largest eigenvalue from which an axis is not put down to chance.

Chance passes 3.5 of them once in a thousand (Tracy & Widom 1996); few simulations tell them better than that quantile.
"""


def measure(cloud: Cloud) -> Facet | None:
    """Participation ratios and the correlation's eigenvalues, beside those of independent components of the same n.

    The correlation of n independent points in v dimensions has E Σλ² = v + v(v − 1)/(n − 1); its eigenvalues reach
    about (1 + sqrt(v/(n − 1)))² (Marchenko & Pastur 1967). They are simulated, ``analyse.simulations`` times.
    """
    analysis = cloud.analysis
    varies, count = analysis.train.varies, int(analysis.train.count)
    components, simulations = int(varies.sum()), analysis.config.simulations
    eigenvalue, _ = analysis.axes
    own = np.linalg.eigvalsh(analysis.correlation[np.ix_(varies, varies)]).astype(np.float64)[::-1]
    chance = independent_spectra(components, count, simulations, cloud.rng("spectrum"))
    # One component has no correlations, and its one eigenvalue is 1 either way.
    beyond = own > (chance[:, 0].mean() + SURE * chance[:, 0].std(ddof=1)) * (1 + 1e-9)
    facts = {
        "points": count,
        "components": components,
        "participation_ratio": participation_ratio(eigenvalue),
        "correlation_participation_ratio": participation_ratio(own),
        "independent_participation_ratio": components / (1 + (components - 1) / (count - 1)),
        "largest_share": float(eigenvalue[0] / eigenvalue.sum()),
        "correlation_largest_eigenvalue": float(own[0]),
        "independent_largest_eigenvalue": float(chance[:, 0].mean()),
        "marchenko_pastur_edge": float((1 + np.sqrt(components / (count - 1))) ** 2),
        "simulations": simulations,
        "axes_beyond_chance": int(beyond.sum()),
        "share_beyond_chance": float(own[beyond].sum() / own.sum()),
    }
    arrays: dict[str, Labelled] = {
        "correlation_eigenvalue": (own, ("varying_axis",)),
        "independent_eigenvalue": (chance.mean(axis=0), ("varying_axis",)),
    }
    return Facet(arrays, facts)
