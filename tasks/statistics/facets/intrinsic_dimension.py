"""How many dimensions do the latent points fill, and how many would normal ones of the same covariance seem to fill?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tasks.statistics.facet import Cloud, Facet, Subset
from tasks.statistics.intrinsic_dimension import Dimensions, intrinsic_dimensions
from tasks.statistics.neighbours import normal_like


def measure(cloud: Cloud) -> Facet | None:
    """Both estimates for training and held-out points, each beside as many points of a normal distribution.

    The estimates change with the number of points, so held-out points are measured beside as many training points:
    ``heldout`` and ``train_as_heldout``.
    """
    train = cloud.analysis.train
    varies, images = train.varies, int(train.count)
    if varies.sum() < 2 or images < 2:
        return None
    training = intrinsic_dimensions(cloud.centred(cloud.training.z))
    if training is None:
        return None
    covariance = cloud.analysis.covariance[np.ix_(varies, varies)]
    normal = normal_like(covariance, images, training.points, cloud.rng("intrinsic_dimension"))
    common = min(len(cloud.training.z), len(cloud.heldout.z))
    facts: dict[str, Any] = {
        "components": int(varies.sum()),
        "train": _plain(training),
        "normal": _plain(intrinsic_dimensions(normal)),
        "heldout": _plain(_of(cloud, cloud.heldout, common)),
        "train_as_heldout": _plain(_of(cloud, cloud.training, common)),
    }
    return Facet({}, facts)


def _of(cloud: Cloud, subset: Subset, count: int) -> Dimensions | None:
    chosen = cloud.rng("intrinsic_dimension subset").choice(len(subset.z), count, replace=False)
    return intrinsic_dimensions(cloud.centred(subset.z[np.sort(chosen)]))


def _plain(found: Dimensions | None) -> dict[str, Any] | None:
    if found is None:
        return None
    pairs = {"two_nearest": found.two_nearest, "likelihood": found.likelihood}
    return {"points": found.points} | {name: estimate._asdict() for name, estimate in pairs.items()}
