"""Finding a finished study in the store: the artifacts that belong together, and the settings they were made with."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from storage.store import Store
from tasks.assessment.config import AssessConfig
from tasks.compute.progress import progress_of
from tasks.exploring.opened import Artifacts
from tasks.reporting.config import ReportConfig
from tasks.sampling.config import SampleConfig
from tasks.stage.errors import InputError

log = logging.getLogger("latentfaces")

Identity = Mapping[str, Any]


def newest_study(store: Store, model: str | None = None) -> Artifacts:
    """The newest study of ``store`` whose statistics are complete, or the newest of the model with that key.

    Its samples, feature network and scores are those that were made from the same statistics, as far as there are any.
    Raises ``InputError`` if there is no such study.
    """
    for statistics, identity in _newest(store, "statistics"):
        latents = identity["inputs"]["latents"]
        if not store.is_complete("latents", latents):
            continue
        encoded = store.identity("latents", latents) or {}
        dataset, encoder = encoded["inputs"]["dataset"], encoded["inputs"]["model"]
        if model not in (None, encoder) or not store.is_complete("dataset", dataset):
            continue
        if store.is_complete("model", encoder):
            return _gather(store, dataset, encoder, latents, statistics)
    wanted = f"statistics of the model {model}" if model else "finished study"
    raise InputError(f"{store.location} has no {wanted}; run 'latentfaces run' first, or choose another --store")


def _newest(store: Store, artifact: str) -> Iterator[tuple[str, Identity]]:
    """Key and identity of every complete artifact of a kind, the newest first."""
    complete = [key for _, key in store.artifacts(artifact) if store.is_complete(artifact, key)]
    complete.sort(key=lambda key: store.completed_at(artifact, key), reverse=True)
    for key in complete:
        identity = store.identity(artifact, key)
        if identity is not None:
            yield key, identity


def _gather(store: Store, dataset: str, model: str, latents: str, statistics: str) -> Artifacts:
    samples: dict[str, Path] = {}
    drawn: dict[str, Identity] = {}
    for key, identity in _newest(store, "samples"):
        sampler = identity["config"]["sampler"]
        if identity["inputs"]["statistics"] == statistics and identity["inputs"]["model"] == model:
            samples.setdefault(sampler, _fetch(store, "samples", key))
            drawn.setdefault(sampler, identity["config"])
    places = {"dataset": dataset, "model": model, "latents": latents, "statistics": statistics}
    judged = _judged(store, dataset, latents)
    assess = judged.pop("settings", None)
    reporting = _reporting(store, judged.get("scores"))
    return Artifacts(
        **{name: _fetch(store, name, key) for name, key in places.items()},
        samples=samples,
        **{name: _fetch(store, name, key) for name, key in judged.items()},
        sampling=_sampling(drawn),
        assessment=_assessment(assess),
        reporting=reporting,
    )


def _fetch(store: Store, artifact: str, key: str) -> Path:
    return store.fetch(artifact, key, progress_of(f"fetch {artifact}"))


def _judged(store: Store, dataset: str, latents: str) -> dict[str, Any]:
    """Keys of the newest scores of ``latents``, of their fixed rows and feature network, and the settings."""
    for key, identity in _newest(store, "scores"):
        fixed = identity["inputs"].get("quality/fixed", "")
        if not fixed or not store.is_complete("baselines", fixed):
            continue
        made_from = store.identity("baselines", fixed) or {}
        inputs = made_from["inputs"]
        if (inputs["dataset"], inputs["latents"]) == (dataset, latents):
            judged = {"scores": key, "baselines": fixed, "features": inputs["features"]}
            return judged | {"settings": made_from["config"]}
    return {}


def _reporting(store: Store, scores: str | None) -> ReportConfig:
    """What the newest report of ``scores`` judges by; the usual settings where there is none."""
    for _, identity in _newest(store, "report") if scores else ():
        if identity["inputs"]["scores"] == scores:
            with suppress(ValidationError):
                return ReportConfig.model_validate(identity["config"])
    return ReportConfig()


def _sampling(drawn: Mapping[str, Identity]) -> SampleConfig:
    """The settings that the samples were drawn with; a sampler's usual ones where it has changed since."""
    values: dict[str, Any] = {}
    for sampler, config in drawn.items():
        common = {name: config[name] for name in ("count", "seed", "neighbours")}
        try:
            SampleConfig.model_validate({**common, sampler: config[sampler]})
        except (ValidationError, KeyError):
            log.warning("%s had other settings when this study was made; using its current defaults", sampler)
        else:
            values |= {**common, sampler: config[sampler]}
    return SampleConfig.model_validate(values)


def _assessment(config: Identity | None) -> AssessConfig:
    if config is None:
        return AssessConfig()
    try:
        return AssessConfig.model_validate(config)
    except ValidationError:
        log.warning("the scores had other settings when this study was made; using the current defaults")
        return AssessConfig()
