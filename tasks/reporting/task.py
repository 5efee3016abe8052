"""The report as a Prefect task."""

from __future__ import annotations

from typing import Any

from prefect.artifacts import create_markdown_artifact

from tasks.compute.progress import Progress
from tasks.reporting.config import ReportConfig
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task


def _show(context: StageContext, facts: Facts) -> None:
    findings = "\n".join(f"- {finding}" for finding in facts["findings"])
    create_markdown_artifact(f"# What the study found\n\n{findings}\n", key="findings", description="Findings")


@stage_task("report", "Write the report: one self-contained page, its figures and its tables.", _show)
def report_task(context: StageContext, progress: Progress) -> Facts:
    """Write the report; that of points alone where there is no model."""
    config = context.step.config
    assert isinstance(config, ReportConfig)
    if "model" not in context.step.inputs:
        from tasks.finished.points import PointsArtifacts
        from tasks.reporting.points_report import write_points_report

        points, statistics, ratings = (context.input(name) for name in ("latents", "statistics", "ratings"))
        alone = PointsArtifacts(points, statistics, context.inputs_of("samples"), ratings)
        return write_points_report(alone, config, context.out, context.store.location, progress)
    from tasks.finished.artifacts import Artifacts
    from tasks.reporting.report import write_report

    names = ("dataset", "model", "latents", "statistics", "features", "scores", "conditioned")
    folders: dict[str, Any] = {name: context.input(name) for name in names}
    artifacts = Artifacts(**folders, samples=context.inputs_of("samples"))
    return write_report(artifacts, config, context.out, context.store.location, progress)
