"""Densities in planes: do pairs of components and of main axes fill ellipses as a normal distribution would?"""

from __future__ import annotations

import numpy as np

from tasks.statistics.facet import Cloud, Facet
from tasks.statistics.planes import SIGMAS

PLANE = ("plane",)


def measure(cloud: Cloud) -> Facet | None:
    """Densities of all training points and shares inside the ellipses of 1, 2 and 3 sigma."""
    planes, train = cloud.planes, cloud.analysis.train
    if not planes.kind:
        return None
    sides = {
        "heldout": (cloud.inside[0], int(cloud.analysis.heldout.count)),
        "train": (cloud.inside[1], int(train.count)),
    }
    share = {side: inside / count for side, (inside, count) in sides.items() if count}
    arrays = {
        "plane_pair": (planes.pair, ("plane", "side")),
        "plane_mean": (planes.mean, ("plane", "side")),
        "plane_covariance": (planes.covariance, ("plane", "side", "other_side")),
        "plane_edge": (planes.edges, ("plane", "side", "plane_bin_edge")),
        "plane_density": (cloud.density, ("plane", "plane_y", "plane_x")),
        "plane_share": (share["train"], ("plane", "ellipse")),
    }
    if "heldout" in share:
        arrays["heldout_plane_share"] = (share["heldout"], ("plane", "ellipse"))
    scale = np.sqrt(planes.covariance[:, 0, 0] * planes.covariance[:, 1, 1])
    facts = {
        "kind": list(planes.kind),
        "correlation": (planes.covariance[:, 0, 1] / scale).tolist(),
        "normal_share": [float(-np.expm1(-0.5 * sigma**2)) for sigma in SIGMAS],
        "mean_share": {
            kind: share["train"][[own == kind for own in planes.kind]].mean(axis=0).tolist()
            for kind in dict.fromkeys(planes.kind)
        },
    }
    return Facet(arrays, facts)
