"""Ingestion as a Prefect task."""

from __future__ import annotations

from pathlib import Path

from tasks.compute.progress import Progress
from tasks.ingestion.config import IngestConfig
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, stage_task


@stage_task("ingest", "Crop and resize every image into one Zarr array.")
def ingest_task(context: StageContext, progress: Progress) -> Facts:
    """Ingest the images from outside, or the synthetic faces."""
    from tasks.ingestion.ingest import ingest

    step = context.step
    assert isinstance(step.config, IngestConfig)
    source = Path(step.source) if step.source else context.input("faces")
    return ingest(source, step.config, context.out, progress, step.dask)
