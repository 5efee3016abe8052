"""Is the cloud normal? Tests on single components, leading axes and random projections, against simulated nulls."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.statistics.facet import Cloud, Facet, Labelled
from tasks.statistics.heldout import holm
from tasks.statistics.normality import (
    SHAPIRO_POINTS,
    Statistics,
    p_values,
    shapiro_wilk,
    simulated_null,
    statistics,
)

Floats = npt.NDArray[np.float64]

DIMENSIONS = (2, 5, 10)
PER_DIMENSION = 10
"""A test needs so many points for each coordinate that it looks at."""
LEVEL = 0.01


def measure(cloud: Cloud) -> Facet | None:
    """All tests for training points, those of them in the core, and held-out points; None for too few points."""
    rng = cloud.rng("normality")
    components = int(cloud.analysis.train.varies.sum())
    groups = _groups(cloud, rng)
    if not groups:
        return None
    nulls: dict[tuple[int, int, float | None], Floats] = {}
    facts: dict[str, Any] = {"simulations": cloud.analysis.config.simulations, "level": LEVEL, "groups": {}}
    for name, (points, share) in groups.items():
        tests = []
        white = cloud.coordinates(points, components)
        white = white / np.sqrt(cloud.analysis.axes[0][: white.shape[1]])
        for tested in DIMENSIONS:
            if tested > white.shape[1] or len(white) < PER_DIMENSION * tested:
                continue
            case = (len(white), tested, share)
            if case not in nulls:
                nulls[case] = simulated_null(*case[:2], components, share, cloud.analysis.config.simulations, rng)
            turned = np.linalg.qr(rng.standard_normal((white.shape[1], tested)))[0]
            for space, coordinates in (("leading axes", white[:, :tested]), ("random projection", white @ turned)):
                try:
                    found = statistics(coordinates)
                except np.linalg.LinAlgError:
                    continue  # Repeated points: they lie in a hyperplane.
                tests.append(_told(space, tested, found, p_values(found, nulls[case])))
        facts["groups"][name] = {"points": len(points), "trimmed_to": share, "tests": tests, **_adjusted(tests)}
    arrays, facts["shapiro"] = _single_components(cloud, groups)
    return Facet(arrays, facts)


def _groups(cloud: Cloud, rng: np.random.Generator) -> dict[str, tuple[npt.NDArray[np.float32], float | None]]:
    """At most ``analyse.normality_points`` of each side and of the core, with the share that the core keeps."""
    groups: dict[str, tuple[npt.NDArray[np.float32], float | None]] = {"train": (cloud.training.z, None)}
    if cloud.core is not None:
        groups["core"] = (cloud.training.z[cloud.core], cloud.analysis.core.share_of_normal)
    groups["heldout"] = (cloud.heldout.z, None)
    most, chosen = cloud.analysis.config.normality_points, {}
    for name, (z, share) in groups.items():
        if len(z) >= PER_DIMENSION * DIMENSIONS[0]:
            rows = np.sort(rng.choice(len(z), min(most, len(z)), replace=False))
            chosen[name] = (z[rows], share)
    return chosen if cloud.analysis.train.varies.sum() >= DIMENSIONS[0] else {}


def _told(space: str, tested: int, found: Statistics, p: Statistics) -> dict[str, Any]:
    return {"space": space, "dimensions": tested, "statistic": found._asdict(), "p": p._asdict()}


def _adjusted(tests: list[dict[str, Any]]) -> dict[str, Any]:
    """How many tests of a group reject at the level, and the smallest p-value, adjusted for their number (Holm)."""
    p = np.array([value for test in tests for value in test["p"].values()])
    adjusted = holm(p) if len(p) else p
    return {"rejected": int(np.sum(p <= LEVEL)), "performed": len(p), "smallest": float(adjusted.min(initial=1.0))}


def _single_components(
    cloud: Cloud, groups: dict[str, tuple[npt.NDArray[np.float32], float | None]]
) -> tuple[dict[str, Labelled], dict[str, Any]]:
    varies = cloud.analysis.train.varies
    arrays: dict[str, Labelled] = {}
    facts = {}
    for name, (points, _) in groups.items():
        w, p = np.full(len(varies), np.nan), np.full(len(varies), np.nan)
        w[varies], p[varies] = shapiro_wilk(points[:SHAPIRO_POINTS, varies].astype(np.float64))
        prefix = "" if name == "train" else f"{name}_"
        arrays[f"{prefix}shapiro"], arrays[f"{prefix}shapiro_p"] = (w, ("component",)), (p, ("component",))
        share = float(np.mean(p[varies] <= LEVEL))
        facts[name] = {
            "points": min(len(points), SHAPIRO_POINTS),
            "share_rejected": share,
            "median_w": float(np.median(w[varies])),
        }
    return arrays, facts
