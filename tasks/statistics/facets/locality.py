"""Micro-correlations: do neighbourhoods of latent points have a structure that a single normal distribution lacks?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tasks.statistics.facet import Cloud, Facet, Labelled
from tasks.statistics.locality import Locality, difference, locality
from tasks.statistics.neighbours import normal_like

FEWEST = 50
"""Points below which the question is not asked."""

SIMULATED = 9
"""Normal samples of the same covariance and as many points."""


def measure(cloud: Cloud) -> Facet | None:
    """Figures of the neighbourhoods of seeded anchors, and the same of simulated normal samples."""
    config, train = cloud.analysis.config, cloud.analysis.train
    varies = train.varies
    points = cloud.centred(cloud.training.z)
    count, components = points.shape
    if count < FEWEST or components < 2:
        return None
    k, axes = min(config.neighbours, count - 1), min(config.leading_axes, components)
    rng, anchors = cloud.rng("locality"), min(config.anchors, count)

    def look(sample: np.ndarray) -> Locality:
        return locality(sample, np.sort(rng.choice(count, anchors, replace=False)), k, axes)

    own = look(points)
    covariance = cloud.analysis.covariance[np.ix_(varies, varies)]
    normal = [look(normal_like(covariance, int(train.count), count, rng)) for _ in range(SIMULATED)]
    arrays: dict[str, Labelled] = {}
    facts: dict[str, Any] = {
        "points": count,
        "anchors": anchors,
        "neighbours": k,
        "axes": axes,
        "simulated_samples": SIMULATED,
    }
    found = {}
    for name in Locality._fields:
        simulated = np.array([getattr(sample, name) for sample in normal])
        arrays[f"local_{name}"] = (getattr(own, name), ("anchor",))
        arrays[f"normal_local_{name}"] = (simulated, ("simulated_sample", "anchor"))
        compared = difference(getattr(own, name), simulated)
        found[name] = compared._asdict() if compared else None
    return Facet(arrays, facts | {"figures": found})
