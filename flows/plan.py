"""What a study consists of: every step with its key, known before anything runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.config import StudyConfig
from storage.keys import artifact_key, differences, project_code
from storage.locks import Locks
from storage.store import Store
from tasks.assessment.config import AssessConfig
from tasks.assessment.judging import JudgingConfig
from tasks.compute.cluster.config import DaskConfig
from tasks.compute.progress import progress_of
from tasks.ingestion.check import check_source
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.digest import digest
from tasks.ingestion.source import open_source
from tasks.sampling.config import SampleConfig
from tasks.sampling.registry import class_of, compared_as_usual, has_density
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError
from tasks.stage.step import Step

log = logging.getLogger("latentfaces")

METRICS = "tasks.assessment.metrics.*"
JUDGE = "tasks.assessment.judge"
REPORT = ("tasks.reporting.report", "tasks.reporting.topics.*")
"""What is found by its file's name is named here, as no import names it."""


_ABSENT = {
    "train": "nothing is trained: this study uses an existing autoencoder; run 'latentfaces adopt' to check it",
    "adopt": "there is no autoencoder to adopt: describe one in a YAML file and pass it with --autoencoder",
}
"""By stage: what to do where a study lacks it."""


@dataclass(frozen=True)
class Plan:
    """The steps of a study in an order in which they can run."""

    steps: tuple[Step, ...]

    def upto(self, *stages: str) -> Plan:
        """The plan cut down to the given stages and all that they need."""
        by_place = {(step.artifact, step.key): step for step in self.steps}
        pending = [step for step in self.steps if step.stage in stages]
        wanted: set[tuple[str, str]] = set()
        while pending:
            step = pending.pop()
            wanted.add((step.artifact, step.key))
            pending += [by_place[place] for place in step.inputs.values()]
        if not wanted:
            raise InputError(_ABSENT[stages[0]])
        return Plan(tuple(step for step in self.steps if (step.artifact, step.key) in wanted))

    def select(self, names: list[str]) -> list[Step]:
        """The steps that ``names`` mean: a stage (all its steps) or one step's own name.

        Raises ``InputError`` that lists what there is.
        """
        selected = [step for step in self.steps if step.stage in names or step.name in names]
        known = {step.stage for step in self.steps} | {step.name for step in self.steps}
        unknown = [name for name in names if name not in known]
        if unknown:
            stages = dict.fromkeys(step.stage for step in self.steps)
            raise InputError(f"unknown stage {', '.join(unknown)}; choose from {', '.join(stages)}")
        return selected


def plan_study(config: StudyConfig, data: str | None, digests: Mapping[str, str] | None = None) -> Plan:
    """The whole study of ``data``, a path, or of synthetic faces if that is None.

    Reads all of ``data`` once, for its digest, unless that is among ``digests``, by path. Raises ``InputError`` if
    there is nothing to read.
    """
    build = Builder(config.dask, digests)
    add = build.add
    if data is None:
        faces = add("synthesize", "faces", config.synthesize, code=["tasks.synthesis.synthesize"])
        dataset = add("ingest", "dataset", config.ingest, {"faces": faces}, code=["tasks.ingestion.ingest"])
    else:
        dataset = add("ingest", "dataset", config.ingest, code=["tasks.ingestion.ingest"], source=data)
    # Early: a network that cannot be used must not be found out after hours of training.
    own = _own_network(build, config, dataset)
    if config.adopt.file is None:
        trained_by = ["tasks.training.train", config.train.module]
        model = add("train", "model", config.train, {"dataset": dataset}, code=trained_by)
    else:
        model = add("adopt", "model", config.adopt, {"dataset": dataset}, code=["tasks.adoption.adopt"])
    encoder = {"dataset": dataset, "model": model}
    latents = add("encode", "latents", config.encode, encoder, code=["tasks.encoding.encode"])
    points = {"dataset": dataset, "latents": latents}
    measured_by = ["tasks.statistics.analyse", "tasks.statistics.facets.*"]
    statistics = add("analyse", "statistics", config.analyse, points, code=measured_by)
    measured = {**encoder, "latents": latents, "statistics": statistics}
    samples = sample_steps(build, config.sample, measured, "tasks.sampling.sample")
    features, baselines, scores = _scores(build, config, measured, own, samples)
    conditioned = _conditioned(build, config, {**measured, "features": features, "baselines": baselines})
    everything = {**measured, "features": features, "scores": scores, "conditioned": conditioned}
    add("report", "report", config.report, {**everything, **samples}, code=[*REPORT, *shown(config)])
    return build.plan()


def shown(*studies: StudyConfig) -> list[str]:
    """The roots of what a page shows: its template, the metrics, and the samplers that the studies draw from."""
    return [METRICS, "tasks.page/*", *sampler_modules(*(study.sample for study in studies))]


def sampler_modules(*settings: SampleConfig) -> list[str]:
    """The modules of all samplers that are drawn from, each once."""
    return list(
        dict.fromkeys(module for sample in settings for name in sample.samplers for module in sample.modules(name))
    )


Place = tuple[str, str]
"""Where a step's result goes: its artifact and key."""


def _own_network(build: Builder, config: StudyConfig, dataset: Place) -> dict[str, Place]:
    """The features of the user's own network; nothing where none is named."""
    if config.assess.inception is None:
        return {}
    inception = build.add(
        "assess",
        "inception",
        config.assess,
        {"dataset": dataset},
        code=["tasks.assessment.inception"],
        about="inception",
        identity=config.assess.for_inception(),
    )
    return {"inception": inception}


def sample_steps(
    build: Builder, sample: SampleConfig, measured: Mapping[str, Place], drawn_by: str
) -> dict[str, Place]:
    """A step per sampler, by the names that the steps after them know them by; ``drawn_by``: the module that draws."""
    return {
        f"samples/{sampler}": build.add(
            "sample",
            "samples",
            sample,
            measured,
            code=[drawn_by, *sample.modules(sampler)],
            about=sampler,
            identity=sample.for_sampler(sampler),
        )
        for sampler in sample.samplers
    }


def _scores(
    build: Builder,
    config: StudyConfig,
    measured: Mapping[str, Place],
    own: Mapping[str, Place],
    samples: Mapping[str, Place],
) -> tuple[Place, Place, Place]:
    """The feature network, the fixed rows, a step per sampler, and the table of all; the first two and the last."""
    # As many as are drawn: a study that draws fewer is scored on fewer.
    assess = config.assess.model_copy(update={"count": min(config.assess.count, config.sample.count)})
    features = build.add(
        "assess",
        "features",
        assess,
        {"dataset": measured["dataset"]},
        code=["tasks.assessment.features"],
        about="features",
        identity=assess.for_features(),
    )
    inputs = {**measured, "features": features, **own}
    inputs["baselines"] = fixed = build.add(
        "assess",
        "baselines",
        assess,
        dict(inputs),
        code=["tasks.assessment.baselines", METRICS],
        about="reconstructions",
    )
    scored = {"baselines": fixed}
    scored["autoencoder"] = build.add(
        "assess", "judged", assess, inputs, code=[JUDGE], about="autoencoder", identity=assess.for_judging()
    )
    for sampler in config.sample.samplers:
        scored[f"quality/{sampler}"] = quality = build.add(
            "assess",
            "quality",
            assess,
            {**inputs, "samples": samples[f"samples/{sampler}"]},
            code=["tasks.assessment.quality", METRICS],
            about=sampler,
        )
        # A learned sampler is not fitted anew.
        fit = {"samples": samples[f"samples/{sampler}"]} if class_of(sampler).learned else {}
        judging = {**inputs, "quality": quality, **fit}
        scored[f"judged/{sampler}"] = _judged(build, config.sample, assess, sampler, judging)
        if has_density(sampler):
            scored[f"likelihoods/{sampler}"] = _likelihood(build, config.sample, assess, sampler, {**measured, **fit})
    gathered_by = ["tasks.assessment.gather"]
    return features, fixed, build.add("assess", "scores", StageConfig(), scored, code=gathered_by, about="scores")


def _conditioned(build: Builder, config: StudyConfig, inputs: Mapping[str, Place]) -> Place:
    """The step that looks at faces drawn with attributes, after that of the flow given attributes if it is asked for.

    It finds nothing to do where the data set has none.
    """
    guided = {}
    if config.order.guided:
        guided["guided"] = build.add(
            "sample",
            "guided",
            config.order,
            {name: inputs[name] for name in ("dataset", "latents", "statistics")},
            code=["tasks.sampling.guided"],
            about="guided",
            identity={"seed": config.order.seed},
        )
    return build.add(
        "assess",
        "conditioned",
        config.assess,
        {**inputs, **guided},
        code=["tasks.assessment.conditioned"],
        about="conditioned",
        identity={"seed": config.assess.seed},
    )


def _judged(
    build: Builder, sample: SampleConfig, assess: AssessConfig, sampler: str, inputs: Mapping[str, Place]
) -> Place:
    """The step that judges one sampler by fresh draws."""
    return build.add(
        "assess",
        "judged",
        JudgingConfig(sampler=sampler, sample=sample, assess=assess),
        inputs,
        code=[JUDGE, *sample.modules(sampler)],
        about=f"judge {sampler}",
        identity={
            **assess.for_judging(),
            "sample": sample.for_sampler(sampler),
            # Decided by what other samplers ask.
            "usual": sampler in compared_as_usual(),
        },
    )


def _likelihood(
    build: Builder, sample: SampleConfig, assess: AssessConfig, sampler: str, inputs: Mapping[str, Place]
) -> Place:
    """The step that measures how likely held-out points are under one sampler."""
    return build.add(
        "assess",
        "likelihoods",
        JudgingConfig(sampler=sampler, sample=sample, assess=assess),
        {name: place for name, place in inputs.items() if name != "model"},
        code=["tasks.assessment.likelihood", *sample.modules(sampler)],
        about=f"likelihood {sampler}",
        identity={"sampler": sampler, "seed": sample.seed, sampler: sample.settings(sampler).identity()},
    )


class Builder:
    """Makes a plan step by step; a step's place, (artifact, key), is what later steps refer to."""

    def __init__(self, dask: DaskConfig, digests: Mapping[str, str] | None = None) -> None:
        self._steps: list[Step] = []
        self._dask, self._digests = dask, digests or {}
        self.code = project_code()

    def add(
        self,
        stage: str,
        artifact: str,
        config: StageConfig,
        inputs: Mapping[str, tuple[str, str]] | None = None,
        code: list[str] | None = None,
        *,
        source: str | None = None,
        about: str | None = None,
        identity: dict[str, Any] | None = None,
    ) -> tuple[str, str]:
        """Append a step.

        ``code``: the roots of what computes it; ``identity``: what of its configuration decides it.
        """
        counted = self.code.of(code or [])
        made_from: dict[str, Any] = {
            "stage": stage,
            "config": config.identity() if identity is None else identity,
            "inputs": {name: key for name, (_, key) in (inputs or {}).items()},
            "code": counted.digest,
        }
        if about is not None:
            made_from["about"] = about
        if source is not None:
            made_from["data"] = self._digests.get(source) or _images_digest(source, config)
        key = artifact_key(made_from)
        made_from["code"] = counted.as_json()  # its names are for people: they do not enter the key
        name = f"{stage} {about}" if about else stage
        self._steps.append(Step(name, stage, artifact, key, made_from, config, inputs or {}, source, about, self._dask))
        return artifact, key

    def plan(self) -> Plan:
        """The steps so far."""
        self.code.keep()
        return Plan(tuple(self._steps))


def _images_digest(source: str, config: StageConfig) -> str:
    assert isinstance(config, IngestConfig)
    return data_digest(source, [config])


def data_digest(source: str, configs: Sequence[IngestConfig]) -> str:
    """A digest of all images of ``source`` and what belongs to them; logs how they are read and what is not used.

    Raises ``InputError`` if there is nothing to read, or if what is there cannot be ingested with one of ``configs``.
    """
    with open_source(Path(source)) as opened:
        notes = dict.fromkeys(note for config in configs for note in check_source(opened, config)[1])
        for note in notes:
            log.info("%s: %s", opened.path, note)
        return digest(opened, progress_of("read the data"))


@dataclass(frozen=True)
class Outlook:
    """Whether a step would run, and why; ``elsewhere``: another run is computing it, and this one would wait."""

    step: Step
    cached: bool
    why: str
    elsewhere: bool = False


def outlook(plan: Plan, store: Store, refresh: list[str], locks: Locks | None = None) -> Iterator[Outlook]:
    """What each step of ``plan`` would do in ``store``, in order, as things are when it is asked for.

    ``locks``: the store's, if they are at hand.
    """
    forced = {step.name for step in plan.select(refresh)}
    for step in plan.steps:
        if step.name in forced:
            yield Outlook(step, False, "refresh requested")
        elif store.is_complete(step.artifact, step.key):
            yield Outlook(step, True, "complete in the store")
        elif store.identity(step.artifact, step.key) is None:
            yield Outlook(step, False, _why_absent(step, store))
        else:
            locks = locks or store.locks()
            if locks.is_locked(step.record):
                yield Outlook(step, False, "another run is computing it; this one would wait", elsewhere=True)
            elif store.is_complete(step.artifact, step.key):  # The other run finished between the two questions.
                yield Outlook(step, True, "complete in the store")
            else:
                yield Outlook(step, False, "continues an interrupted run")


def _why_absent(step: Step, store: Store) -> str:
    nearest: list[str] | None = None
    for artifact, key in store.artifacts(step.artifact):
        other = store.identity(artifact, key)
        if other is None or other.get("about") != step.about or not store.is_complete(artifact, key):
            continue
        differences = list(_differences(other, step.identity))
        if nearest is None or len(differences) < len(nearest):
            nearest = differences
    if nearest is None:
        return "not in the store yet"
    return "; ".join(nearest[:4]) + (f"; and {len(nearest) - 4} more" if len(nearest) > 4 else "")


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*old["inputs"], *new["inputs"]}):
        if old["inputs"].get(name) != new["inputs"].get(name):
            yield f"different {name}"
    if old.get("data") != new.get("data"):
        yield "different data"
    yield from _changed_settings(old["config"], new["config"], "")
    for place in differences(old["code"], new["code"]):
        yield f"the code of {place} changed"


def _changed_settings(old: Any, new: Any, prefix: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from _changed_settings(old.get(name), new.get(name), f"{prefix}.{name}" if prefix else name)
    elif old != new:
        yield f"{prefix} {old!r} → {new!r}"
