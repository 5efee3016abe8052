"""The study of points alone as a flow, from a file of latent points to a report on how to draw new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.handed_plan import handed_plan
from flows.parameters import StoreLocation
from flows.points.config import PointsConfig
from flows.points.plan import plan_points
from flows.run import run_plan
from storage.opening import open_store

DEFAULTS = PointsConfig()


def _run_name() -> str:
    return f"points {Path(str(flow_run.parameters['data'])).name}"


@flow(
    name="points",
    description="From latent points alone to a report on how new ones must be drawn.",
    flow_run_name=_run_name,
)
def study_points(
    data: str,
    config: PointsConfig = DEFAULTS,
    store: StoreLocation = "artifacts",
    refresh: list[str] | None = None,
) -> dict[str, Any]:
    """Run every stage, from the cache where possible.

    Args:
        data: A file of latent points at a path that the worker can read: .npy, .npz, .zarr, .parquet, .h5ad or .csv.
        config: All settings, a group for each stage.
        store: The folder or URL for results; credentials come only from the worker's environment.
        refresh: Stages to recompute even if their results are in the store, such as analyse or report.
    """
    plan = handed_plan() or plan_points(config, data)
    return run_plan(plan, open_store(store), refresh or [], Path(data).name)
