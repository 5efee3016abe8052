"""The comparison: the same study over a grid of configurations, side by side on one page."""

from __future__ import annotations

import logging
from typing import Any

from prefect import flow, get_client
from prefect.artifacts import create_link_artifact
from prefect.runtime import flow_run

from flows.cached import summary_of
from flows.comparing.config import CompareConfig
from flows.comparing.plan import Studies, plan_comparison
from flows.comparing.pool import Job, run_jobs, studies_at_once
from flows.crashed_runs import run_registered
from flows.in_use import store_in_use
from flows.parameters import StoreLocation
from flows.run import TASKS, check_machine, complete_in_turn
from storage.artifact import Reference
from storage.opening import open_store
from storage.store import Store
from tasks.compute.progress import progress_of
from tasks.stage.errors import InputError
from tasks.stage.task import complete, update_dashboard

log = logging.getLogger("latentfaces")


def _run_name() -> str:
    config = flow_run.parameters["config"]
    return f"compare {config.name if isinstance(config, CompareConfig) else config.get('name', '')}".strip()


@flow(
    name="compare",
    description="The same study over a grid of configurations: what varies, what is stable, and what is due to chance.",
    flow_run_name=_run_name,
)
def compare(config: CompareConfig, store: StoreLocation = "artifacts") -> dict[str, Any]:
    """Run every study of the grid, each shared stage once, and put them side by side.

    Args:
        config: The settings that all studies share, the axes of the grid, and single studies besides it.
        store: The folder or URL for results; credentials come only from the worker's environment.
    """
    return run_comparison(plan_comparison(config), open_store(store), config)


def run_comparison(studies: Studies, store: Store, config: CompareConfig) -> dict[str, Any]:
    """Complete every step of every study, then the comparison; called from a flow.

    Steps that several studies need come first, in this process; then the studies, several at a time. Returns for
    each artifact of each study, and for the comparison, its key, path and whether it was cached.
    """
    cached = {(s.artifact, s.key): store.is_complete(s.artifact, s.key) for plan in studies.plans for s in plan.steps}
    for plan in studies.plans:
        check_machine(plan, store)
    locks = store.locks()
    with run_registered(store), store_in_use(store):
        for step in studies.shared.steps:
            if not store.is_complete(step.artifact, step.key):
                log.info("%s: shared by %d studies", step.name, studies.users[step.artifact, step.key])
                complete_in_turn(step, store, locks)
        _run_studies(studies, store, config)
        for (artifact, key), was_there in cached.items():
            if was_there:
                store.touch(artifact, key)
        reference, made_before = complete(TASKS["comparison"], studies.step, store, locks)
    update_dashboard(_link_page, reference)
    own = {"key": reference.key, "path": store.artifact_location("comparison", reference.key), "cached": made_before}
    found = {
        member.name: summary_of([(step, cached[step.artifact, step.key]) for step in plan.steps], store)
        for member, plan in zip(studies.configurations, studies.plans, strict=True)
    }
    return {"comparison": own, "studies": found}


def _link_page(reference: Reference) -> None:
    page = (reference.path / "comparison.html").as_uri()
    create_link_artifact(page, link_text=f"Comparison {reference.key[:8]}", key="comparison-page")


def _run_studies(studies: Studies, store: Store, config: CompareConfig) -> None:
    """Complete what is missing of each study. Raises ``InputError`` that names those that failed, and why."""
    open_places = [number for number in range(len(studies.plans)) if studies.missing(store, number)]
    total = len(studies.plans)
    log.info("%d of %d studies are in the store already", total - len(open_places), total)
    if not open_places:
        return
    parallel = config.parallel or studies_at_once(len(open_places))
    jobs = [_job(studies, number, store, config) for number in open_places]
    if parallel > 1 and len(jobs) > 1:
        log.info("%d studies to run, %d at a time", len(jobs), min(parallel, len(jobs)))
    progress = progress_of("compare")
    there = total - len(jobs)
    with get_client(sync_client=True) as client:
        api = str(client.api_url)
    outcome = run_jobs(jobs, parallel, api, lambda done, note: progress(there + done, total, note))
    if outcome.failed:
        told = "; ".join(f"{name}: {why}" for name, why in outcome.failed.items())
        kept = total - len(outcome.failed)
        raise InputError(f"{len(outcome.failed)} of {total} studies failed ({kept} are complete and kept): {told}")


def _job(studies: Studies, number: int, store: Store, config: CompareConfig) -> Job:
    member = studies.configurations[number]
    return {
        "name": member.name,
        "config": member.study.model_dump(mode="json"),
        "data": member.data,
        "digests": dict(studies.digests),
        "store": store.location,
        "reports": config.reports,
        "tags": [f"comparison-{studies.step.key[:8]}"],
    }
