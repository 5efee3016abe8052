"""The study: every stage in order, from images to the report."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.config import StudyConfig
from flows.handed_plan import handed_plan
from flows.image_counts import check_images
from flows.parameters import StoreLocation, run_name, subject
from flows.run import run_plan
from flows.study_plan import plan_study
from storage.opening import open_store

DEFAULTS = StudyConfig()


@flow(
    name="study",
    description="From face images to a report on how their latent vectors must be drawn.",
    flow_run_name=run_name,
)
def study(
    config: StudyConfig = DEFAULTS,
    data: str | None = None,
    store: StoreLocation = "artifacts",
    refresh: list[str] | None = None,
) -> dict[str, Any]:
    """Run every stage, from the cache where possible.

    Args:
        config: All settings, a group for each stage.
        data: CelebA, or any folder or zip file of images, at a path that the worker can read; by default synthetic
            faces.
        store: The folder or URL for results; credentials come only from the worker's environment.
        refresh: Stages to recompute even if their results are in the store, such as train or report.
    """
    check_images(config, data)
    plan = handed_plan() or plan_study(config, data)
    return run_plan(plan, open_store(store), refresh or [], subject(config, data))
