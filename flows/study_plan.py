"""What a study of images consists of: every step, with the modules that compute it."""

from __future__ import annotations

from collections.abc import Mapping

from flows.config import StudyConfig
from flows.plan import Plan, PlanBuilder
from storage.artifact import ArtifactId
from tasks.assessment.config import AssessConfig
from tasks.assessment.judging import JudgingConfig
from tasks.sampling.config import SampleConfig
from tasks.sampling.registry import class_of, compared_as_usual, has_density
from tasks.stage.config import StageConfig

METRICS = "tasks.assessment.metrics.*"
JUDGE = "tasks.assessment.judge"
REPORT = ("tasks.reporting.report", "tasks.reporting.topics.*")
"""What is found by its file's name is named here, as no import names it."""


def plan_study(config: StudyConfig, data: str | None, digests: Mapping[str, str] | None = None) -> Plan:
    """The whole study of ``data``, a path, or of synthetic faces if that is None.

    Reads all of ``data`` once, for its digest, unless that is among ``digests``, by path. Raises ``InputError`` if
    there is nothing to read.
    """
    build = PlanBuilder(config.dask, digests)
    add = build.add
    if data is None:
        faces = add("synthesize", "faces", config.synthesize, code=["tasks.synthesis.synthesize"])
        dataset = add("ingest", "dataset", config.ingest, {"faces": faces}, code=["tasks.ingestion.ingest"])
    else:
        dataset = add("ingest", "dataset", config.ingest, code=["tasks.ingestion.ingest"], source=data)
    # Early: a network that cannot be used must not be found out after hours of training.
    custom = _custom_network(build, config, dataset)
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
    features, baselines, scores = _scores(build, config, measured, custom, samples)
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


def _custom_network(build: PlanBuilder, config: StudyConfig, dataset: ArtifactId) -> dict[str, ArtifactId]:
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
    build: PlanBuilder, sample: SampleConfig, measured: Mapping[str, ArtifactId], drawn_by: str
) -> dict[str, ArtifactId]:
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
    build: PlanBuilder,
    config: StudyConfig,
    measured: Mapping[str, ArtifactId],
    custom: Mapping[str, ArtifactId],
    samples: Mapping[str, ArtifactId],
) -> tuple[ArtifactId, ArtifactId, ArtifactId]:
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
    inputs = {**measured, "features": features, **custom}
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


def _conditioned(build: PlanBuilder, config: StudyConfig, inputs: Mapping[str, ArtifactId]) -> ArtifactId:
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
    build: PlanBuilder, sample: SampleConfig, assess: AssessConfig, sampler: str, inputs: Mapping[str, ArtifactId]
) -> ArtifactId:
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
    build: PlanBuilder, sample: SampleConfig, assess: AssessConfig, sampler: str, inputs: Mapping[str, ArtifactId]
) -> ArtifactId:
    """The step that measures how likely held-out points are under one sampler."""
    return build.add(
        "assess",
        "likelihoods",
        JudgingConfig(sampler=sampler, sample=sample, assess=assess),
        {name: result for name, result in inputs.items() if name != "model"},
        code=["tasks.assessment.likelihood", *sample.modules(sampler)],
        about=f"likelihood {sampler}",
        identity={"sampler": sampler, "seed": sample.seed, sampler: sample.settings(sampler).identity()},
    )
