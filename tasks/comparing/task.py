"""The comparison as a Prefect task."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.comparing.config import ComparisonConfig
from tasks.compute.progress import Progress
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task


def _show(context: StageContext, facts: Facts) -> None:
    import csv

    from PIL import Image

    from tasks.stage.task import show_image

    findings = "\n".join(f"- {finding}" for finding in facts["findings"])
    create_markdown_artifact(f"# What the comparison found\n\n{findings}\n", key="comparison", description="Findings")
    for name in ("answers", "ladder", "variance"):
        path = context.out / "tables" / f"{name}.csv"
        if path.exists():
            with open(path, newline="", encoding="utf-8") as file:
                rows = [dict(row) for row in csv.DictReader(file)]
            create_table_artifact(rows, key=f"comparison-{name}", description=f"The comparison's {name}")
    about = {"shares": "Source of the variance of each figure", "spreads": "How much each figure varies with the seed"}
    for name, description in about.items():
        path = context.out / "figures" / f"{name}.png"
        if path.exists():
            with Image.open(path) as picture:
                show_image(f"comparison-{name}", picture, description)


@stage_task("compare", "Put several studies side by side: what is stable, what belongs to what.", _show)
def compare_task(context: StageContext, progress: Progress) -> Facts:
    """Write the comparison."""
    from tasks.comparing.compare import write_comparison

    config = context.step.config
    assert isinstance(config, ComparisonConfig)
    inputs = {name: context.inputs_of(name) for name in ("dataset", "model", "statistics", "scores")}
    return write_comparison(inputs, context.inputs_of("samples"), config, context.out, progress)
