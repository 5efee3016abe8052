"""What the Prefect tasks of all stages have in common: cache keys, records, progress, pictures in the dashboard.

A stage's task imports its kernel when it runs: a study whose results are all cached loads neither torch nor
matplotlib, which would take longer than the rest of it.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image
from prefect import Task, get_client, task
from prefect.artifacts import create_image_artifact, create_progress_artifact, update_progress_artifact
from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.transactions import IsolationLevel

from storage.artifact import IDENTITY, Reference
from storage.failure import StoreFailed
from storage.files import read_json, write_json
from storage.keys import RESOURCES, changed_code
from storage.locks import Locks
from storage.opening import find_store
from storage.result_storage import ResultStorage, plain_serializer
from storage.store import Store
from tasks.compute.progress import Progress, progress_of
from tasks.stage.errors import InputError
from tasks.stage.faults import RETRIES, RETRY_SECONDS, check_presence, faults_explained, worth_retrying
from tasks.stage.server import wait_for_server
from tasks.stage.step import StageContext, Step

Facts = dict[str, Any]
StageTask = Task[[Step, str], dict[str, Any]]
DASHBOARD_SECONDS = 2.0
AWAY_SECONDS = 30.0
"""How long a server that did not answer gets no progress."""
TRAINING = "training"
"""The tag of tasks that train a network: a concurrency limit on it keeps trainings from sharing a GPU."""

FACTS = "facts.json"

log = logging.getLogger("latentfaces")


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
    name: str,
    description: str,
    show: Callable[[StageContext, Facts], None] = lambda context, facts: None,
    tags: Sequence[str] = (),
) -> Callable[[Callable[[StageContext, Progress], Facts]], StageTask]:
    """Make ``work(context, progress) -> facts`` the Prefect task ``name``.

    ``show`` shows the finished artifact in the dashboard; ``tags`` apply their concurrency limits while the task
    computes, not when the result is cached. Temporary faults are retried, nothing else is. The facts are kept beside
    the artifact until its record is written, so that a run that dies in between does not compute it twice.
    """

    def decorate(work: Callable[[StageContext, Progress], Facts]) -> StageTask:
        @task(
            name=name,
            description=description,
            tags=set(tags),
            retries=RETRIES,
            retry_delay_seconds=RETRY_SECONDS,
            retry_condition_fn=worth_retrying,
        )
        def run(step: Step, root: str) -> dict[str, Any]:
            context = StageContext(find_store(root), step)
            transfers = progress_of(f"{step.name}: transfer")
            with context.store.writing(step.artifact, step.key, transfers) as in_record:
                with faults_explained(context):
                    write_json(context.out / IDENTITY, step.identity)
                for litter in context.out.rglob("*.partial"):
                    litter.unlink()
                finished = context.out / FACTS
                if not finished.exists():
                    _load_code(step.identity["code"])
                    with faults_explained(context):
                        facts = work(context, progress_of(step.name, _DashboardProgress(context)))
                        check_presence(context)
                        write_json(finished, facts)
                facts = read_json(finished)
                update_dashboard(show, context, facts)
            return {"artifact": step.artifact, "key": step.key, "facts": facts, **in_record}

        return run

    return decorate


def _load_code(code: Mapping[str, Any]) -> None:
    """Import now all code that the key covers, so that what runs is what was counted, however long it runs."""
    for module in code["modules"]:
        if not module.startswith(RESOURCES):
            importlib.import_module(module)
    if changed := changed_code(code):
        raise InputError(f"the code of {', '.join(changed)} changed during the run; run again")


def complete(stage: StageTask, step: Step, store: Store, locks: Locks) -> tuple[Reference, bool]:
    """Run ``step`` as its Prefect task, or take its result from the cache; called from a flow.

    Returns the artifact and whether it came from the cache. Raises ``StoreFailed`` if there is no record afterwards:
    Prefect only logs a failed write.
    """
    store.check_presence()
    policy = RecordPolicy().configure(lock_manager=locks, isolation_level=IsolationLevel.SERIALIZABLE)
    made = store.is_complete(step.artifact, step.key)
    if not made:
        for tag in stage.tags:
            update_dashboard(_log_waiting, step.name, f"tag:{tag}")
    cached = stage.with_options(
        task_run_name=step.name,
        tags=set() if made else stage.tags,
        cache_policy=policy,
        persist_result=True,
        cache_result_in_memory=False,
        result_serializer=plain_serializer(),
    )
    cached.result_storage = ResultStorage(root=store.location)
    try:
        state = cached(step, store.location, return_state=True)
        state.result()
    finally:
        locks.release_all()
    if not store.is_complete(step.artifact, step.key):
        raise StoreFailed(f"{step.record} was not written to {store.location}; see the log above")
    store.delete_file(step.artifact, step.key, FACTS)
    store.touch(step.artifact, step.key)
    return store.reference(step.artifact, step.key), state.name == "Cached"


def _log_waiting(name: str, limit: str) -> None:
    """Prefect waits for a slot of ``limit`` in silence."""
    with get_client(sync_client=True) as client:
        try:
            found = client.read_global_concurrency_limit_by_name(limit)
        except ObjectNotFound:
            return
    if found.active and found.active_slots >= found.limit:
        log.info("%s: waiting for a free slot of the server's limit %s (%d in use)", name, limit, found.active_slots)


def update_dashboard(tell: Callable[..., None], *arguments: Any) -> None:
    """Update the dashboard by ``tell``. A failure is only logged: no result is lost because of the server.

    Waits for a server that is being restarted, but not for one that stays away.
    """
    try:
        wait_for_server(PREFECT_API_URL.value())
        tell(*arguments)
    except Exception as error:
        log.warning("could not update the dashboard: %s", error)


def show_image(key: str, picture: Image.Image, description: str) -> None:
    """Show a thumbnail of ``picture`` in the dashboard; ``key``: lower-case letters, digits and dashes."""
    from tasks.page.thumbnails import jpeg_data_uri

    create_image_artifact(image_url=jpeg_data_uri(picture), key=key.replace("_", "-"), description=description)


class _DashboardProgress:
    """A progress bar in the dashboard, updated at most every two seconds; the work ends if the store has vanished."""

    def __init__(self, context: StageContext) -> None:
        self._context, self._name = context, context.step.name
        self._artifact: Any = None
        self._updated = 0.0

    def __call__(self, done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        if now - self._updated < DASHBOARD_SECONDS and done < total:
            return
        self._updated = now
        check_presence(self._context)
        percent = 100.0 * done / max(1, total)
        text = f"{self._name}: {done} of {total} {note}".strip()
        try:
            wait_for_server(PREFECT_API_URL.value(), patiently=False)
            self._show(percent, text)
        except Exception as error:
            self._updated = now + AWAY_SECONDS
            log.warning("could not update the dashboard: %s", error)

    def _show(self, percent: float, text: str) -> None:
        if self._artifact is None:
            self._artifact = create_progress_artifact(percent, description=text)
        else:
            update_progress_artifact(self._artifact, progress=percent, description=text)
