"""The configuration of a study of points alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationError

from flows.config import explain, merged, setting_layers
from tasks.compute.cluster.config import DaskConfig
from tasks.points.config import ReadConfig
from tasks.rating.config import RateConfig
from tasks.reporting.config import ReportConfig
from tasks.sampling.config import SampleConfig
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError
from tasks.statistics.config import AnalyseConfig

COUNT = 1000
"""Stored draws of each level by default: as many as are compared with held-out points."""


class PointsConfig(StageConfig):
    """Everything that decides the result of a study of points, a group per stage."""

    read: ReadConfig = Field(ReadConfig(), description="Where in the file the points are, and what comes with them.")
    analyse: AnalyseConfig = Field(AnalyseConfig(), description="The statistics of the points.")
    sample: SampleConfig = Field(SampleConfig(count=COUNT), description="The samplers that draw new points.")
    rate: RateConfig = Field(RateConfig(), description="How drawn points are compared with held-out ones.")
    report: ReportConfig = Field(ReportConfig(), description="The report.")
    dask: DaskConfig = Field(DaskConfig(), description="Where the statistics are computed.")


def points_config(file: Path | None, settings: Iterable[str], read: dict[str, str]) -> PointsConfig:
    """Defaults, then ``file`` (YAML), then ``settings`` (stage.field=value), then ``read``, the command's own options.

    Raises ``InputError`` that names the file or the field.
    """
    values = merged(
        [{"sample": {"count": COUNT}}, *setting_layers(file, settings, "sample.count=2000"), {"read": read}]
    )
    try:
        return PointsConfig.model_validate(values)
    except ValidationError as error:
        raise InputError(explain(error, PointsConfig)) from error
