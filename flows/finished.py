"""Finding a finished study in the store: the artifacts that belong together, and the settings they were made with."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from storage.store import Store
from tasks.assessment.config import AssessConfig
from tasks.compute.progress import progress_of
from tasks.finished.artifacts import Artifacts
from tasks.sampling.config import SampleConfig
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")

Settings = TypeVar("Settings", bound=StageConfig)


class Made(NamedTuple):
    """A complete artifact: the keys of what it was made from, and the settings."""

    key: str
    inputs: Mapping[str, str]
    config: Mapping[str, Any]


def newest_study(store: Store, model: str | None = None) -> Artifacts:
    """The newest study of ``store`` whose statistics are complete, or the newest of the model with that key.

    Its samples, feature network and scores are those that were made from the same statistics, as far as there are any.
    Raises ``InputError`` if there is no such study.
    """
    for statistics in newest_artifacts(store, "statistics"):
        latents = made_artifact(store, "latents", statistics.inputs["latents"])
        if latents is None or model not in (None, latents.inputs["model"]):
            continue
        if all(store.is_complete(name, latents.inputs[name]) for name in ("dataset", "model")):
            return _gather(store, latents, statistics)
    wanted = f"statistics of the model {model}" if model else "finished study"
    raise InputError(f"{store.location} has no {wanted}; run 'latentfaces run' first, or choose another --store")


def made_artifact(store: Store, artifact: str, key: str) -> Made | None:
    """What a complete artifact was made from; None where it is not there, or not complete."""
    identity = store.identity(artifact, key) if key and store.is_complete(artifact, key) else None
    return None if identity is None else Made(key, identity["inputs"], identity["config"])


def newest_artifacts(store: Store, artifact: str) -> Iterator[Made]:
    """Every complete artifact of a kind, the newest first."""
    complete = [key for _, key in store.artifacts(artifact) if store.is_complete(artifact, key)]
    for key in sorted(complete, key=lambda key: store.completed_at(artifact, key), reverse=True):
        if (made := made_artifact(store, artifact, key)) is not None:
            yield made


def _made_from(store: Store, artifact: str, **inputs: str) -> Iterator[Made]:
    """Every complete artifact of a kind that was made from ``inputs``, the newest first."""
    return (made for made in newest_artifacts(store, artifact) if inputs.items() <= made.inputs.items())


def _gather(store: Store, latents: Made, statistics: Made) -> Artifacts:
    dataset, model = latents.inputs["dataset"], latents.inputs["model"]
    drawn: dict[str, Made] = {}
    for made in newest_artifacts(store, "samples"):
        if (made.inputs["statistics"], made.inputs.get("model")) == (statistics.key, model):
            drawn.setdefault(made.config["sampler"], made)
    keys = {"dataset": dataset, "model": model, "latents": latents.key, "statistics": statistics.key}
    looked: Made | None = None
    assessment = AssessConfig()
    for scores in newest_artifacts(store, "scores"):
        fixed = made_artifact(store, "baselines", scores.inputs.get("baselines", ""))
        if fixed is not None and (fixed.inputs["dataset"], fixed.inputs["latents"]) == (dataset, latents.key):
            keys |= {"scores": scores.key, "baselines": fixed.key, "features": fixed.inputs["features"]}
            assessment = _as_made(AssessConfig, fixed.config, "scores")
            looked = next(_made_from(store, "conditioned", baselines=fixed.key), None)
            if looked is not None:
                keys["conditioned"] = looked.key
            break
    for flow in _made_from(store, "guided", statistics=statistics.key):
        # A flow that was trained before `order.guided` was switched off is no part of the study any more.
        if looked is None or looked.inputs.get("guided") == flow.key:
            keys["guided"] = flow.key
            break

    def fetched(artifact: str, key: str) -> Any:
        return store.fetch(artifact, key, progress_of(f"fetch {artifact}"))

    return Artifacts(
        **{artifact: fetched(artifact, key) for artifact, key in keys.items()},
        samples={sampler: fetched("samples", made.key) for sampler, made in drawn.items()},
        sampling=sampling_of(drawn),
        assessment=assessment,
    )


def _as_made(kind: type[Settings], config: Mapping[str, Any], of: str) -> Settings:
    """The settings in ``config``, or the usual ones where it was written when there were others."""
    try:
        return kind.model_validate(config)
    except ValidationError:
        log.warning("%s had other settings when this study was made; using its current defaults", of)
        return kind()


def sampling_of(drawn: Mapping[str, Made]) -> SampleConfig:
    """The settings that the samples were drawn with; a sampler's usual ones where it has changed since."""
    values: dict[str, Any] = {}
    for sampler, made in drawn.items():
        own = {name: made.config.get(name) for name in ("count", "seed", "neighbours", sampler)}
        if sampler in _as_made(SampleConfig, own, sampler).model_fields_set:
            values |= own
    return SampleConfig.model_validate(values)
