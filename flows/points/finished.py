"""Finding a finished study of points alone in the store."""

from __future__ import annotations

from typing import Any

from flows.finished import Made, made_artifact, newest_artifacts, sampling_of
from storage.store import Store
from tasks.compute.progress import progress_of
from tasks.finished.points import PointsArtifacts
from tasks.rating.config import TRAINING
from tasks.stage.errors import InputError


def is_of_points(store: Store, statistics: Made) -> bool:
    """Whether these statistics are of points alone."""
    return made_artifact(store, "points", statistics.inputs["latents"]) is not None


def newest_points(store: Store, key: str | None = None) -> PointsArtifacts:
    """The newest study of points of ``store`` whose statistics are complete, or that of the points with ``key``.

    Its samples and ratings are those that were made from the same statistics, as far as there are any. Raises
    ``InputError`` if there is no such study.
    """
    for statistics in newest_artifacts(store, "statistics"):
        if key in (None, statistics.inputs["latents"]) and is_of_points(store, statistics):
            return _gather(store, statistics)
    wanted = f"statistics of the points {key}" if key else "finished study of points"
    raise InputError(
        f"{store.location} has no {wanted}; run 'latentfaces points FILE' first, or choose another --store"
    )


def _gather(store: Store, statistics: Made) -> PointsArtifacts:
    drawn: dict[str, Made] = {}
    for made in newest_artifacts(store, "samples"):
        if made.inputs["statistics"] == statistics.key:
            drawn.setdefault(made.config["sampler"], made)

    def fetched(artifact: str, key: str) -> Any:
        return store.fetch(artifact, key, progress_of(f"fetch {artifact}"))

    ratings = None
    for gathered in newest_artifacts(store, "ratings"):
        training = made_artifact(store, "rated", gathered.inputs.get(TRAINING, ""))
        if training is not None and training.inputs["statistics"] == statistics.key:
            ratings = fetched("ratings", gathered.key)
            break
    return PointsArtifacts(
        fetched("points", statistics.inputs["latents"]),
        fetched("statistics", statistics.key),
        {name: fetched("samples", made.key) for name, made in drawn.items()},
        ratings,
        sampling_of(drawn),
    )
