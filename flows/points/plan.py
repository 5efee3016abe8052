"""The steps of a study of points alone, with their keys."""

from __future__ import annotations

import logging
from pathlib import Path

from flows.plan import Plan, PlanBuilder
from flows.points.config import PointsConfig
from flows.study_plan import sample_steps, sampler_modules
from storage.names import check_name
from tasks.compute.progress import progress_of
from tasks.points.scan import scan
from tasks.rating.config import TRAINING, RatingConfig
from tasks.reporting.alone import ALONE
from tasks.stage.config import StageConfig

log = logging.getLogger("latentfaces")


def plan_points(config: PointsConfig, data: str, digest: str | None = None) -> Plan:
    """The study of the points in the file ``data``, which is read once unless its ``digest`` is given.

    Raises ``InputError`` if they cannot be used.
    """
    source = str(Path(data).absolute())
    build = PlanBuilder(config.dask, {source: digest or points_digest(data, config)})
    points = build.add("read", "points", config.read, code=["tasks.points.read"], source=source)
    # The points stand for the data set and for its latents.
    inputs = {"dataset": points, "latents": points}
    measured_by = ["tasks.statistics.analyse", "tasks.statistics.facets.*"]
    statistics = build.add("analyse", "statistics", config.analyse, inputs, code=measured_by)
    measured = {**inputs, "statistics": statistics}
    samples = sample_steps(build, config.sample, measured, "tasks.sampling.draw")
    rated_by = ["tasks.rating.rate"]
    training = build.add("rate", "rated", config.rate, measured, code=rated_by, about=TRAINING)
    parts = {TRAINING: training}
    for name in config.sample.samplers:
        parts[f"rated/{name}"] = build.add(
            "rate",
            "rated",
            RatingConfig(sampler=name, sample=config.sample, rate=config.rate),
            {**measured, "samples": samples[f"samples/{name}"], TRAINING: training},
            code=[*rated_by, *config.sample.modules(name)],
            about=name,
            identity={"rate": config.rate.identity(), "sample": config.sample.for_sampler(name)},
        )
    ratings = build.add("rate", "ratings", StageConfig(), parts, code=["tasks.rating.gather"], about="ratings")
    shown = [f"tasks.reporting.topics.{name}" for name in ALONE]
    build.add(
        "report",
        "report",
        config.report,
        {**measured, "ratings": ratings, **samples},
        code=[
            "tasks.reporting.points_report",
            "tasks.reporting.points_topics.*",
            "tasks.page/*",
            *shown,
            *sampler_modules(config.sample),
        ],
    )
    return build.plan()


def points_digest(data: str, config: PointsConfig) -> str:
    """A digest of all points in the file and what comes with them; logs what is not used.

    Raises ``InputError`` if they cannot be used, or are too few.
    """
    check_name(str(Path(data).absolute()), "the points")
    found = scan(Path(data), config.read, progress_of("read the points"))
    for note in found.notes:
        log.info("%s: %s", data, note)
    return found.digest
