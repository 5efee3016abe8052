"""Is the cloud normal? Tests on single components, leading axes and random projections, against simulated nulls."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tasks.statistics.facet import Cloud, Facet, Labelled
from tasks.statistics.heldout import holm
from tasks.statistics.normality import (
    KINDS,
    SHAPIRO_POINTS,
    joint_p,
    nested,
    p_values,
    shapiro_wilk,
    simulated_null,
)

Floats = npt.NDArray[np.float64]

GROUPS = ("train", "core", "heldout")
SPACES = ("leading", "random")
DIMENSIONS = (2, 5, 10)
PER_DIMENSION = 5
"""A test needs more than so many points for each coordinate that it looks at."""
FEWEST = 20
"""Points in a group, at least."""
LEVEL = 0.01
ARRAY = ("normality_group", "normality_space", "normality_dimensions", "normality_test")
LABELS = dict(zip(ARRAY, (GROUPS, SPACES, DIMENSIONS, KINDS), strict=True))


class Group(NamedTuple):
    """Points (n, d) float32 of one kind, and the share that their trimming keeps of a normal sample, None for none."""

    z: npt.NDArray[np.float32]
    share: float | None


class Tests(NamedTuple):
    """Statistics and p-values (m, 3) of a group in one space, at m dimensions, and the null they are held against."""

    dimensions: tuple[int, ...]
    found: Floats
    p: Floats
    null: Floats


def measure(cloud: Cloud) -> Facet | None:
    """All tests for training points, those of them in the core, and held-out points; None for too few points."""
    rng = cloud.rng("normality")
    groups = _groups(cloud)
    if not groups:
        return None
    tests = _multivariate(cloud, groups, rng)
    arrays = _arrays(tests)
    shapiro_arrays, shapiro_facts = _single_components(cloud, groups, rng)
    most = cloud.analysis.config.normality_points
    facts: dict[str, Any] = {"simulations": cloud.analysis.config.simulations, "level": LEVEL, "groups": {}}
    facts["labels"] = {dimension: list(values) for dimension, values in LABELS.items()}
    for name, group in groups.items():
        own = {space: tests[name, space] for space in SPACES if (name, space) in tests}
        about = {"points": min(len(group.z), most), "trimmed_to": group.share}
        facts["groups"][name] = about | _counted(own) | {space: _told(one) for space, one in own.items()}
    return Facet(arrays | shapiro_arrays, facts | {"shapiro": shapiro_facts})


def _groups(cloud: Cloud) -> dict[str, Group]:
    groups = {"train": Group(cloud.training.z, None)}
    if cloud.core is not None:
        groups["core"] = Group(cloud.training.z[cloud.core], cloud.analysis.core.share_of_normal)
    groups["heldout"] = Group(cloud.heldout.z, None)
    return {name: group for name, group in groups.items() if len(group.z) >= FEWEST}


def _chosen(z: npt.NDArray[np.float32], most: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    return z[np.sort(rng.choice(len(z), min(most, len(z)), replace=False))]


def _multivariate(cloud: Cloud, groups: dict[str, Group], rng: np.random.Generator) -> dict[tuple[str, str], Tests]:
    """The tests of every group and space; absent where there are too few points or components, or repeated points.

    A random projection of 5 coordinates holds that of 2, as the leading axes do, so both have the same null.
    """
    config, components = cloud.analysis.config, int(cloud.analysis.train.varies.sum())
    nulls: dict[tuple[int, float | None], Floats] = {}
    tests = {}
    for name, (z, share) in groups.items():
        white = cloud.coordinates(_chosen(z, config.normality_points, rng), components)
        count, known = white.shape
        white = white / np.sqrt(cloud.analysis.axes[0][:known])
        possible = tuple(tested for tested in DIMENSIONS if tested <= known and count > PER_DIMENSION * tested)
        if not possible:
            continue
        if (count, share) not in nulls:
            nulls[count, share] = simulated_null(count, possible, components, share, config.simulations, rng)
        turned = np.linalg.qr(rng.standard_normal((known, max(possible))))[0]
        for space, coordinates in zip(SPACES, (white, white @ turned), strict=True):
            # As many random directions as there are components span what the leading axes do.
            used = tuple(tested for tested in possible if space == "leading" or tested < known)
            try:
                found = nested(coordinates, used) if used else np.empty((0, 3))
            except np.linalg.LinAlgError:
                continue
            null = nulls[count, share][:, : len(used)]
            if used:
                tests[name, space] = Tests(used, found, p_values(found, null), null)
    return tests


def _arrays(tests: dict[tuple[str, str], Tests]) -> dict[str, Labelled]:
    """Statistics and p-values over group, space, dimensions and test, in the order of ``LABELS``; NaN where none."""
    if not tests:
        return {}
    statistic = np.full((len(GROUPS), len(SPACES), len(DIMENSIONS), len(KINDS)), np.nan)
    p = statistic.copy()
    for (name, space), one in tests.items():
        place = GROUPS.index(name), SPACES.index(space), slice(len(one.dimensions))
        statistic[place], p[place] = one.found, one.p
    dimensions = np.array(DIMENSIONS, np.int64)
    return {"normality_statistic": (statistic, ARRAY), "normality_p": (p, ARRAY), ARRAY[2]: (dimensions, ARRAY[2:3])}


def _counted(spaces: dict[str, Tests]) -> dict[str, int]:
    """Tests that a group underwent, and those whose own p-value is at most ``LEVEL``."""
    p = np.concatenate([one.p.ravel() for one in spaces.values()]) if spaces else np.empty(0)
    return {"performed": len(p), "rejected": int(np.sum(p <= LEVEL))}


def _told(one: Tests) -> dict[str, Any]:
    """joint_p: of all the tests together; kurtosis_p: of the kurtoses; expected: the mean over normal samples."""
    expected = one.null.mean(axis=0)
    return {
        "joint_p": joint_p(one.found, one.null),
        "kurtosis_p": joint_p(one.found, one.null, ("kurtosis",)),
        "dimensions": {
            str(tested): {
                kind: {"statistic": float(found), "expected": float(usual), "p": float(p)}
                for kind, found, usual, p in zip(KINDS, one.found[row], expected[row], one.p[row], strict=True)
            }
            for row, tested in enumerate(one.dimensions)
        },
    }


def _single_components(
    cloud: Cloud, groups: dict[str, Group], rng: np.random.Generator
) -> tuple[dict[str, Labelled], dict[str, Any]]:
    """Shapiro and Wilk's W and p of every component; p in the arrays is of the single test, the share is after Holm.

    The core's is not corrected for its trimming, which takes little off each single component.
    """
    varies = cloud.analysis.train.varies
    arrays: dict[str, Labelled] = {}
    facts = {}
    for name, group in groups.items():
        points = _chosen(group.z, SHAPIRO_POINTS, rng)
        w, p = shapiro_wilk(np.where(varies, points.astype(np.float64), 0.0))
        known = np.isfinite(p)
        if not known.any():
            continue
        prefix = "" if name == "train" else f"{name}_"
        arrays[f"{prefix}shapiro"], arrays[f"{prefix}shapiro_p"] = (w, ("component",)), (p, ("component",))
        facts[name] = {
            "points": len(points),
            "components": int(known.sum()),
            "median_w": float(np.median(w[known])),
            "smallest_w": float(w[known].min()),
            "share_rejected": float(np.mean(holm(p[known]) < LEVEL)),
            "share_rejected_singly": float(np.mean(p[known] < LEVEL)),
        }
    return arrays, facts
