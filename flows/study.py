"""The study: every stage in order, from images to the report."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.config import StudyConfig
from flows.enough import check_study
from flows.parameters import StoreLocation, run_name, subject
from flows.plan import plan_study
from flows.run import run_plan
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
    """Run every stage, from the cache where it can.

    Args:
        config: Everything that decides the result, a group of settings for each stage.
        data: A folder in CelebA's layout, the official img_align_celeba.zip, or any folder of images, as the worker
            sees it; synthetic faces if not given.
        store: The folder or URL that holds every result; credentials come from the worker's environment alone.
        refresh: Stages to redo even if their result is there, such as train or report.
    """
    check_study(config, data)
    return run_plan(plan_study(config, data), open_store(store), refresh or [], subject(config, data))
