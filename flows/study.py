"""The study: every stage in order, from images to the report."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.config import StudyConfig
from flows.plan import plan_study
from flows.run import run_plan
from storage.store import open_store


@flow(name="study", description="From face images to a report on how their latent vectors must be drawn.")
def study(
    config: StudyConfig | None = None,
    data: str | None = None,
    store: str = "artifacts",
    refresh: list[str] | None = None,
) -> dict[str, Any]:
    """Run every stage, from the cache where it can.

    Args:
        config: the study's configuration; the defaults if not given.
        data: a folder in CelebA's layout, the official ``img_align_celeba.zip``, or any folder of images;
            synthetic faces if not given.
        store: the folder that holds every result.
        refresh: stages or steps to redo even if their result is there.
    """
    plan = plan_study(config or StudyConfig(), data)
    return run_plan(plan, open_store(store), refresh or [])
