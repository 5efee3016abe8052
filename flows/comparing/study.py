"""One study of a comparison, a flow run of its own."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.config import StudyConfig
from flows.parameters import StoreLocation
from flows.run import run_plan
from flows.study_plan import plan_study
from storage.opening import open_store


def _run_name() -> str:
    return f"study {flow_run.parameters['name']}"


@flow(
    name="compared study",
    description="One study of a comparison: every stage; the report only on request.",
    flow_run_name=_run_name,
)
def compared_study(
    name: str,
    config: StudyConfig,
    data: str | None = None,
    digests: dict[str, str] | None = None,
    store: StoreLocation = "artifacts",
    reports: bool = False,
) -> dict[str, Any]:
    """Run every stage, from the cache where it can.

    Args:
        name: What the comparison calls this study.
        config: All settings, a group for each stage.
        data: The images; by default synthetic faces.
        digests: Digests of images that are known already, by path.
        store: The folder or URL for results.
        reports: Whether to write the study's own report too.
    """
    stages = ("assess", "report") if reports else ("assess",)
    plan = plan_study(config, data, digests).upto(*stages)
    return run_plan(plan, open_store(store), [], name)
