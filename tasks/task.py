"""What the Prefect tasks of all stages have in common: cache keys, records, progress, pictures in the dashboard.

A stage's task imports its kernel when it runs: a study whose results are all cached loads neither torch nor
matplotlib, which would take longer than the rest of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from PIL import Image
from prefect import Task, task
from prefect.artifacts import create_image_artifact, create_progress_artifact, update_progress_artifact
from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext
from prefect.transactions import IsolationLevel

from storage.files import write_json
from storage.keys import changed_code
from storage.locks import FileLocks
from storage.records import Records, plain_serializer
from storage.store import IDENTITY, Reference, Store, StoreFailure
from tasks.progress import Progress, progress_of
from tasks.step import Step, Workplace

Facts = dict[str, Any]
StageTask = Task[[Step, str], dict[str, Any]]
DASHBOARD_SECONDS = 2.0
_P = ParamSpec("_P")


class RecordPolicy(CachePolicy):
    """The cache key of a step is the path of its record in the store."""

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **kwargs: Any,
    ) -> str | None:
        """The record's path, relative to the store."""
        step: Step = inputs["step"]
        return step.record


def stage_task(
    name: str, description: str
) -> Callable[[Callable[Concatenate[Workplace, Progress, _P], Facts]], StageTask]:
    """Make ``work(workplace, progress) -> facts`` the Prefect task ``name``."""

    def decorate(work: Callable[Concatenate[Workplace, Progress, _P], Facts]) -> StageTask:
        @task(name=name, description=description)
        def run(step: Step, root: str) -> dict[str, Any]:
            workplace = Workplace(Store(Path(root)), step)
            write_json(workplace.out / IDENTITY, step.identity)
            for litter in workplace.out.rglob("*.partial"):
                litter.unlink()
            facts = work(workplace, progress_of(step.name, _DashboardProgress(step)))  # type: ignore[call-arg]
            if changed := changed_code(step.identity["code"]):
                raise RuntimeError(f"the code of {', '.join(changed)} changed while it ran: run again")
            return {"artifact": step.artifact, "key": step.key, "facts": facts}

        return run

    return decorate


def complete(stage: StageTask, step: Step, store: Store, locks: FileLocks) -> Reference:
    """Have ``step`` done by its Prefect task, or taken from the cache; called from a flow.

    Raises ``StoreFailure`` if the record is not there afterwards: Prefect only logs a failed write.
    """
    policy = RecordPolicy().configure(lock_manager=locks, isolation_level=IsolationLevel.SERIALIZABLE)
    cached = stage.with_options(
        task_run_name=step.name,
        cache_policy=policy,
        persist_result=True,
        cache_result_in_memory=False,
        result_serializer=plain_serializer(),
    )
    cached.result_storage = Records(root=str(store.root))
    try:
        cached(step, str(store.root))
    finally:
        locks.release_all()
    if not store.is_complete(step.artifact, step.key):
        raise StoreFailure(f"{step.record} was not written to {store.root}; see the log above for why")
    return store.reference(step.artifact, step.key)


def show_image(key: str, picture: Image.Image, description: str) -> None:
    """Show a thumbnail of ``picture`` in the dashboard; ``key``: lower-case letters, digits and dashes."""
    from tasks.reporting.thumbnails import jpeg_data_uri

    create_image_artifact(image_url=jpeg_data_uri(picture), key=key.replace("_", "-"), description=description)


class _DashboardProgress:
    """A progress bar in the dashboard, moved at most every two seconds."""

    def __init__(self, step: Step) -> None:
        self._name = step.name
        self._artifact: Any = None
        self._told = 0.0

    def __call__(self, done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        if now - self._told < DASHBOARD_SECONDS and done < total:
            return
        self._told = now
        percent = 100.0 * done / max(1, total)
        text = f"{self._name}: {done} of {total} {note}".strip()
        if self._artifact is None:
            self._artifact = create_progress_artifact(percent, description=text)
        else:
            update_progress_artifact(self._artifact, progress=percent, description=text)
