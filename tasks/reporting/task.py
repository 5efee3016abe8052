"""The report as a Prefect task."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from tasks.compute.progress import Progress
from tasks.reporting.config import ReportConfig
from tasks.stage.step import Workplace
from tasks.stage.task import Facts, stage_task


def _show(workplace: Workplace, facts: Facts) -> None:
    findings = "\n".join(f"- {finding}" for finding in facts["findings"])
    create_markdown_artifact(f"# What the study found\n\n{findings}\n", key="findings", description="Findings")


@stage_task("report", "Write the report: one self-contained page, its figures and its tables.", _show)
def report_task(workplace: Workplace, progress: Progress) -> Facts:
    """Write the report."""
    from tasks.reporting.report import write_report

    config = workplace.step.config
    assert isinstance(config, ReportConfig)
    dataset, model, latents, statistics, features, scores = (
        workplace.input(name) for name in ("dataset", "model", "latents", "statistics", "features", "scores")
    )
    samples = workplace.inputs_of("samples")
    return write_report(
        dataset,
        model,
        latents,
        statistics,
        samples,
        features,
        scores,
        config,
        workplace.out,
        workplace.store.location,
        progress,
    )
