"""Do the latent points form one region, or several?"""

from __future__ import annotations

import numpy as np

from tasks.statistics.facet import Cloud, Facet
from tasks.statistics.fragmentation import LEVELS, regions, telling_level

FEWEST = 50
"""Points below which the question is not asked."""

SIMULATED = 5
"""Normal samples of the same variances and as many points; each is one region."""

LEVEL = ("density_level",)


def measure(cloud: Cloud) -> Facet | None:
    """Components of the neighbour graph and clusters of the densest points in the leading main axes."""
    config = cloud.analysis.config
    points = cloud.coordinates(cloud.training.z, config.leading_axes)
    count, axes = points.shape
    if count < FEWEST or cloud.analysis.train.varies.sum() < 2:
        return None
    k = min(config.graph_neighbours, count - 1)
    rng, scale = cloud.rng("fragmentation"), np.sqrt(cloud.analysis.axes[0][:axes])
    own = regions(points, k)
    normal = [regions(rng.standard_normal((count, axes)) * scale, k) for _ in range(SIMULATED)]
    simulated = np.array([sample.clusters for sample in normal])
    telling = telling_level(own.clusters, simulated)
    level = len(LEVELS) - 1 if telling is None else telling
    arrays = {
        "density_level": (np.array(LEVELS), LEVEL),
        "level_clusters": (own.clusters, LEVEL),
        "level_joined": (own.joined, LEVEL),
        "normal_level_clusters": (simulated, ("normal_sample", *LEVEL)),
        "normal_level_joined": (np.array([sample.joined for sample in normal]), ("normal_sample", *LEVEL)),
    }
    kept = max(2, round(LEVELS[level] * count))
    facts = {
        "points": count,
        "axes": axes,
        "neighbours": k,
        "simulated_samples": SIMULATED,
        "regions": 1 if telling is None else len(own.sizes[level]),
        "level": LEVELS[level],
        "largest_share": own.sizes[level][0] / count if own.sizes[level] else None,
        "region_shares": [size / kept for size in own.sizes[level]],
        "normal_regions": int(simulated[:, level].max()),
        "graph": {
            "components": own.components,
            "largest_share": own.share,
            "normal_components": int(max(sample.components for sample in normal)),
            "normal_largest_share": float(np.mean([sample.share for sample in normal])),
        },
    }
    return Facet(arrays, facts)
