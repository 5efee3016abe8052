"""A plan that is complete in its store: what came of it, without Prefect, whose import and server take seconds."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from flows.image_counts import check_dataset
from flows.in_use import store_in_use
from flows.outlook import outlook
from flows.plan import Plan
from storage.store import Store
from tasks.assessment.judging import JudgingConfig
from tasks.rating.config import RatingConfig
from tasks.stage.step import Step

log = logging.getLogger("latentfaces")


def cached_summary(plan: Plan, store: Store, refresh: list[str]) -> dict[str, Any] | None:
    """The summary of a run of ``plan`` that takes every step from the cache; None if something must be computed.

    As in a run, the artifacts count as used just now, and their records are checked. Raises ``StoreFailed`` for a
    damaged one.
    """
    if not store.has_layout():
        return None
    with store_in_use(store):
        views = list(takewhile(lambda view: view.cached, outlook(plan, store, refresh)))
        if len(views) < len(plan.steps):
            return None
        configs = [step.config for step in plan.steps]
        for step in plan.steps:
            log.info("%s: cached", step.name)
            facts = store.reference(step.artifact, step.key).facts
            store.touch(step.artifact, step.key)
            if step.artifact == "dataset":
                check_dataset(step.source or "the synthetic faces", facts, configs)
    return summary_of([(step, True) for step in plan.steps], store)


def summary_of(done: Iterable[tuple[Step, bool]], store: Store) -> dict[str, Any]:
    """What ``--json`` prints: for each artifact of steps that were done, its key, path and whether it was cached."""
    summary: dict[str, Any] = {}
    for step, cached in done:
        entry = {"key": step.key, "path": store.artifact_location(step.artifact, step.key), "cached": cached}
        if step.artifact in ("samples", "quality", "judged", "likelihoods", "rated"):
            name = step.config.sampler if isinstance(step.config, JudgingConfig | RatingConfig) else step.about
            summary.setdefault(step.artifact, {})[name] = entry
        else:
            summary[step.artifact] = entry
    return summary
