"""Samplers as arrays and two lines of NumPy: a closed form where there is one, a bank of drawn points for the rest.

``a`` holds the arrays, ``rng`` is a random generator, ``n`` the number of points; the lines set ``z``, (n, d).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.exploring.opened import OpenedStudy
from tasks.sampling.sampler import Level

BANK = 10_000
"""Points drawn ahead where a sampler has no closed form here."""

NORMAL = 'z = a["mean"] + rng.standard_normal((n, a["factor"].shape[1])) @ a["factor"].T'
UNIFORM = 'z = a["centre"] + a["reach"] * rng.uniform(-1, 1, (n, len(a["centre"])))'
MIXTURE = """c = rng.choice(len(a["weight"]), n, p=a["weight"] / a["weight"].sum())
z = a["mean"][c] + np.stack([a["factor"][i] @ rng.standard_normal(a["factor"].shape[2]) for i in c])"""
NEIGHBOURS = """i = rng.integers(0, len(a["point"]), n)
noise = rng.standard_normal(a["neighbour"][i].shape) * (a["bandwidth"] / a["neighbour"].shape[1] ** 0.5)
z = a["point"][i] + np.einsum("nk,nkd->nd", noise, a["point"][a["neighbour"][i]] - a["point"][i][:, None])"""
POINTS = 'z = a["point"][rng.choice(len(a["point"]), n)]'


@dataclass(frozen=True)
class Form:
    """A sampler at one level. arrays: what it needs; draw: the lines that draw; note: what a reader must know."""

    kind: str
    arrays: dict[str, npt.NDArray[Any]]
    draw: str
    note: str = ""


def form_of(study: OpenedStudy, sampler: str, level: Level) -> Form:
    """The sampler ``sampler`` at ``level``, fitted to the study's training points."""
    make = FORMS.get(sampler)
    if make is not None:
        return make(study, level)
    z = study.draw(sampler, BANK, seed=study.artifacts.sampling.seed, **level)
    note = f"{len(z):,} points drawn ahead, of which each face takes one: this sampler has no closed form outside."
    return Form("bank", {"point": z}, POINTS, note)


def _normal(mean: npt.NDArray[Any], factor: npt.NDArray[Any]) -> Form:
    return Form("normal", {"mean": _small(mean), "factor": _small(factor)}, NORMAL)


def _uniform(centre: npt.NDArray[Any], reach: npt.NDArray[Any]) -> Form:
    return Form("uniform", {"centre": _small(centre), "reach": _small(reach)}, UNIFORM)


def _small(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)


def _uniform_common(study: OpenedStudy, level: Level) -> Form:
    half = level["b"] * study.fitted("uniform_common").facts()["b0"]
    centre = np.zeros(study.points.dimension)
    return _uniform(centre, centre + half)


def _uniform_component(study: OpenedStudy, level: Level) -> Form:
    points = study.points
    reach = np.where(points.varying, level["fact"] * points.half_width, 0.0)
    return _uniform(np.where(points.varying, points.centre, points.mean), reach)


def _normal_component(study: OpenedStudy, level: Level) -> Form:
    points = study.points
    return _normal(points.mean, np.diag(level["scale"] * np.where(points.varying, points.std, 0.0)))


def _multivariate_normal(study: OpenedStudy, level: Level) -> Form:
    return _normal(study.points.mean, level["scale"] * study.points.axes)


def _gaussian_mixture(study: OpenedStudy, level: Level) -> Form:
    """In whitened coordinates the sampler's own; here multiplied out."""
    fit: Any = study.fitted("gaussian_mixture").fit(level)  # type: ignore[attr-defined]
    axes = study.points.axes
    mean = study.points.mean + fit.mean @ axes.T
    arrays: dict[str, npt.NDArray[Any]] = {
        "weight": fit.weight,
        "mean": _small(mean),
        "factor": _small(axes @ fit.factor),
    }
    return Form("mixture", arrays, MIXTURE)


def _manifold_parzen(study: OpenedStudy, level: Level) -> Form:
    points = study.points
    neighbour = points.neighbours.others(np.arange(len(points.z_train)), int(level["k"])).astype(np.int32)
    bandwidth = np.array(level["bandwidth"], np.float64)
    arrays: dict[str, npt.NDArray[Any]] = {"point": points.z_train, "neighbour": neighbour, "bandwidth": bandwidth}
    return Form("neighbours", arrays, NEIGHBOURS, "Holds the latent points of all training images.")


def _resampled(study: OpenedStudy, level: Level) -> Form:
    return Form("points", {"point": study.points.z_train}, POINTS, "Holds the latent points of all training images.")


FORMS: dict[str, Callable[[OpenedStudy, Level], Form]] = {
    "uniform_common": _uniform_common,
    "uniform_component": _uniform_component,
    "normal_component": _normal_component,
    "multivariate_normal": _multivariate_normal,
    "gaussian_mixture": _gaussian_mixture,
    "manifold_parzen": _manifold_parzen,
    "resampled": _resampled,
}
"""Closed forms by the sampler's name; a sampler without one is exported as a bank of points."""
