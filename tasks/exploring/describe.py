"""What a study offers to explore, as JSON: samplers and their ranges, directions, planes, distributions."""

from __future__ import annotations

import typing
from typing import Any

import annotated_types
import numpy as np
from pydantic.fields import FieldInfo

from tasks.exploring.explorer import Explorer
from tasks.exploring.integrity import MEANING
from tasks.exploring.opened import OpenedStudy
from tasks.sampling.paths import ways
from tasks.sampling.sampler import Sampler
from tasks.stage.errors import InputError

BINS = 40
"""Bins of a distance's distribution."""

SHARE = 0.999
"""Share of the training points that a distance's distribution shows; the rest would squeeze it."""


def study_facts(explorer: Explorer) -> dict[str, Any]:
    """Everything that the page needs to know once."""
    study = explorer.study
    points = study.points
    axes = [float(np.linalg.norm(axis)) for axis in explorer.axes]
    total = float(np.trace(points.covariance))
    centre = np.where(points.varying, np.abs(points.centre), -1.0)
    return {
        "model": study.artifacts.model.name,
        "image_size": study.sizes.image_size,
        "components": points.dimension,
        "images": len(study.z),
        "name": study.names[0],
        "training_points": len(points.z_train),
        "samplers": [_sampler_facts(study, name) for name in study.samplers],
        "recommended": _recommended(study),
        "broken": MEANING,
        "ways": list(ways(points)),
        "axes": [{"std": std, "share": std**2 / total} for std in axes],
        "std": points.std.tolist(),
        "component_order": [int(j) for j in np.argsort(-centre, kind="stable") if points.varying[j]],
        "attributes": explorer.attribute_names,
        "orders": explorer.orders,
        "planes": _plane_facts(explorer),
        "distances": {name: _distribution(values) for name, values in explorer.train_distances.items()},
        "correction": explorer.has_correction,
    }


def _recommended(study: OpenedStudy) -> dict[str, Any]:
    """The study's own recommendation, or why there is none, in sentences."""
    try:
        found = study.recommendation
    except InputError as error:
        scored = study.artifacts.scores is not None
        return {"why_not": (scored and study.finished.verdict.no_answer) or f"No answer yet: {error}."}
    return {"sampler": found.sampler, "level": dict(found.level)}


def _distribution(ascending: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    reach = (float(ascending[0]), float(np.quantile(ascending, SHARE)))
    if reach[0] == reach[1]:
        reach = (reach[0] - 0.5, reach[1] + 0.5)
    counts, edges = np.histogram(ascending, bins=BINS, range=reach)
    return {"counts": counts.tolist(), "low": float(edges[0]), "high": float(edges[-1])}


def _plane_facts(explorer: Explorer) -> list[dict[str, Any]]:
    measured = explorer.study.points.statistics
    return [
        {
            "kind": plane.kind,
            "pair": plane.pair,
            "mean": measured["plane_mean"][number].tolist(),
            "covariance": measured["plane_covariance"][number].tolist(),
            "low": measured["plane_edge"][number, :, 0].tolist(),
            "high": measured["plane_edge"][number, :, -1].tolist(),
            "density": measured["plane_density"][number].tolist(),
        }
        for number, plane in enumerate(explorer.planes)
    ]


def _sampler_facts(study: OpenedStudy, name: str) -> dict[str, Any]:
    fitted = study.fitted(name)
    parameters = [_parameter_facts(fitted, parameter) for parameter in fitted.usual()]
    return {"name": name, "description": fitted.description(), "parameters": parameters}


def _parameter_facts(sampler: Sampler[Any], name: str) -> dict[str, Any]:
    """A slider for numbers with a fraction; a choice of the sweep's levels for the rest, which may take fitting."""
    field = type(sampler.config).model_fields[name]
    usual = sampler.usual()[name]
    levels = sorted({*(level[name] for level in sampler.levels()), usual})
    facts: dict[str, Any] = {"name": name, "description": field.description, "usual": usual}
    if not isinstance(usual, float):
        return facts | {"choices": levels}
    low, high = _bounds(field)
    least = levels[0] / 4 if levels[0] > 0 else levels[0]
    most = max(levels[-1] * 1.5, least + 1)
    return facts | {"low": max(least, low), "high": min(most, high)}


def _bounds(field: FieldInfo) -> tuple[float, float]:
    """The least and the largest value that one level of a swept field may have."""
    item = typing.get_args(field.annotation)[0]
    low, high = -np.inf, np.inf
    for constraint in _constraints(item):
        if isinstance(constraint, annotated_types.Ge):
            low = float(typing.cast(float, constraint.ge))
        elif isinstance(constraint, annotated_types.Gt):
            low = float(typing.cast(float, constraint.gt)) + 1e-3
        elif isinstance(constraint, annotated_types.Le):
            high = float(typing.cast(float, constraint.le))
        elif isinstance(constraint, annotated_types.Lt):
            high = float(typing.cast(float, constraint.lt)) - 1e-3
    return low, high


def _constraints(item: Any) -> list[Any]:
    found: list[Any] = []
    for extra in getattr(item, "__metadata__", ()):
        found += extra.metadata if isinstance(extra, FieldInfo) else [extra]
    return found
