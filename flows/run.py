"""Running a plan: step by step, from the cache where possible."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect import get_client
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.runtime import flow_run

from flows.cached import summary_of
from flows.crashed_runs import run_registered
from flows.image_counts import check_dataset
from flows.in_use import store_in_use
from flows.outlook import outlook
from flows.plan import Plan
from storage.artifact import Reference
from storage.locks import FileLocks, Locks
from storage.store import Store
from tasks.adoption.config import AdoptConfig
from tasks.adoption.task import adopt_task
from tasks.assessment.task import (
    baselines_task,
    conditioned_task,
    features_task,
    inception_task,
    judged_task,
    likelihood_task,
    quality_task,
    scores_task,
)
from tasks.comparing.task import compare_task
from tasks.encoding.task import encode_task
from tasks.ingestion.config import IngestConfig
from tasks.ingestion.task import ingest_task
from tasks.points.task import read_task
from tasks.rating.task import rate_task, ratings_task
from tasks.reporting.task import report_task
from tasks.sampling.task import guided_task, sample_task
from tasks.stage.step import Step
from tasks.stage.task import StageTask, complete, update_dashboard
from tasks.statistics.task import analyse_task
from tasks.synthesis.task import synthesize_task
from tasks.training.config import TrainingConfig
from tasks.training.task import train_task

if TYPE_CHECKING:
    from flows.summary import Done

log = logging.getLogger("latentfaces")

TASKS: dict[str, StageTask] = {
    "faces": synthesize_task,
    "dataset": ingest_task,
    "model": train_task,
    "latents": encode_task,
    "points": read_task,
    "statistics": analyse_task,
    "samples": sample_task,
    "guided": guided_task,
    "features": features_task,
    "inception": inception_task,
    "baselines": baselines_task,
    "quality": quality_task,
    "judged": judged_task,
    "likelihoods": likelihood_task,
    "scores": scores_task,
    "conditioned": conditioned_task,
    "rated": rate_task,
    "ratings": ratings_task,
    "report": report_task,
    "comparison": compare_task,
}
"""The Prefect task that makes each artifact; a model that was trained elsewhere is adopted."""


def task_of(step: Step) -> StageTask:
    """The Prefect task that does ``step``."""
    return adopt_task if step.stage == "adopt" else TASKS[step.artifact]


TRAINED = ("model", "features", "guided")
"""The artifacts that take a training."""


def run_plan(plan: Plan, store: Store, refresh: list[str], about: str = "") -> dict[str, Any]:
    """Complete every step of ``plan`` in order; called from a flow. ``about``: what is studied, in a few words.

    Returns the summary that ``--json`` prints: for each artifact its key, path and whether it was cached.
    """
    update_dashboard(_name_run, plan, about)
    check_machine(plan, store)
    locks = store.locks()
    with run_registered(store), store_in_use(store):
        forced = {step.name for step in plan.select(refresh)}
        done: Done = []
        for view in outlook(plan, store, refresh, locks):
            step = view.step
            if step.name in forced:
                _forget(step, store, locks)
            if not view.locked:  # then the lock says so
                log.info("%s: %s", step.name, "cached" if view.cached else view.reason)
            done.append((step, *complete_in_turn(step, store, locks)))
            if step.artifact == "dataset":
                # Fewer than were there, if some could not be read.
                name = step.source or "the synthetic faces"
                check_dataset(name, done[-1][1].facts, [other.config for other in plan.steps])
    update_dashboard(_show_summary, done, about, store)
    return summary_of([(step, cached) for step, _, cached in done], store)


def complete_in_turn(step: Step, store: Store, locks: Locks) -> tuple[Reference, bool]:
    """Complete ``step``; all trainings on one GPU with this store take turns."""
    device = getattr(step.config, "device", None)
    if step.artifact not in TRAINED or device == "cpu" or store.is_complete(step.artifact, step.key):
        return complete(task_of(step), step, store, locks)
    from tasks.compute.devices import choose_device

    chosen = choose_device(device or "auto")
    if chosen.type != "cuda":
        return complete(task_of(step), step, store, locks)
    turns, turn = FileLocks(store.root / ".locks"), f"training on cuda:{chosen.index or 0}"
    turns.acquire_lock(turn, step.record)
    try:
        return complete(task_of(step), step, store, locks)
    finally:
        turns.release_lock(turn, step.record)


def _name_run(plan: Plan, about: str) -> None:
    """Put the beginning of the last artifact's key into the run's name: ``latentfaces show`` takes it."""
    name = f"{flow_run.flow_name} {plan.steps[-1].key[:8]} {about}".strip()
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(flow_run.id), name=name)


def check_machine(plan: Plan, store: Store) -> None:
    """Refuse an unavailable device, or a custom or adopted network that does not work, before anything runs."""
    sizes = [step.config.image_size for step in plan.steps if isinstance(step.config, IngestConfig)]
    for step in plan.steps:
        if isinstance(step.config, TrainingConfig) and not store.is_complete(step.artifact, step.key):
            network = step.config.autoencoder(sizes[0]) if step.config.sources and sizes else None
            if network is not None:
                from tasks.autoencoder.trial import check_custom

                check_custom(network)
        if isinstance(step.config, AdoptConfig) and not store.is_complete(step.artifact, step.key):
            from tasks.adoption.examine import examine
            from tasks.compute.devices import choose_device

            examine(step.config.model, sizes[0], choose_device(step.config.device))
        device = getattr(step.config, "device", "auto")
        if device != "auto" and not store.is_complete(step.artifact, step.key):
            from tasks.compute.devices import choose_device

            choose_device(device)


def _forget(step: Step, store: Store, locks: Locks) -> None:
    """Delete the step's artifact as soon as no run is computing it."""
    locks.acquire_lock(step.record, "refresh")
    try:
        store.delete(step.artifact, step.key)
    finally:
        locks.release_lock(step.record, "refresh")


def _show_summary(done: Done, about: str, store: Store) -> None:
    from flows.summary import run_summary

    text = run_summary(done, f"{flow_run.flow_name}: {about}", store.location)
    create_markdown_artifact(text, key="study-summary", description="What was studied, the results, and where they are")
    for step, reference, _ in done:
        if step.artifact == "report":
            page = (reference.path / "report.html").as_uri()
            create_link_artifact(
                page, link_text=f"Report {reference.key[:8]}", key="report", description="The report, a single page"
            )
