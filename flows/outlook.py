"""What each step of a plan would do in a store, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.plan import Plan
from storage.keys import differences
from storage.locks import Locks
from storage.store import Store
from tasks.stage.step import Step


@dataclass(frozen=True)
class Outlook:
    """Whether a step would run, and why; ``locked``: another run is computing it, and this one would wait."""

    step: Step
    cached: bool
    reason: str
    locked: bool = False


def outlook(plan: Plan, store: Store, refresh: list[str], locks: Locks | None = None) -> Iterator[Outlook]:
    """What each step of ``plan`` would do in ``store``, in order, as things are when it is asked for.

    ``locks``: the store's, if they are at hand.
    """
    forced = {step.name for step in plan.select(refresh)}
    for step in plan.steps:
        if step.name in forced:
            yield Outlook(step, False, "refresh requested")
        elif store.is_complete(step.artifact, step.key):
            yield Outlook(step, True, "complete in the store")
        elif store.identity(step.artifact, step.key) is None:
            yield Outlook(step, False, _why_absent(step, store))
        else:
            locks = locks or store.locks()
            if locks.is_locked(step.record):
                yield Outlook(step, False, "another run is computing it; this one would wait", locked=True)
            elif store.is_complete(step.artifact, step.key):  # The other run finished between the two questions.
                yield Outlook(step, True, "complete in the store")
            else:
                yield Outlook(step, False, "continues an interrupted run")


def _why_absent(step: Step, store: Store) -> str:
    nearest: list[str] | None = None
    for artifact, key in store.artifacts(step.artifact):
        other = store.identity(artifact, key)
        if other is None or other.get("about") != step.about or not store.is_complete(artifact, key):
            continue
        differences = list(_differences(other, step.identity))
        if nearest is None or len(differences) < len(nearest):
            nearest = differences
    if nearest is None:
        return "not in the store yet"
    return "; ".join(nearest[:4]) + (f"; and {len(nearest) - 4} more" if len(nearest) > 4 else "")


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*old["inputs"], *new["inputs"]}):
        if old["inputs"].get(name) != new["inputs"].get(name):
            yield f"different {name}"
    if old.get("data") != new.get("data"):
        yield "different data"
    yield from _changed_settings(old["config"], new["config"], "")
    for place in differences(old["code"], new["code"]):
        yield f"the code of {place} changed"


def _changed_settings(old: Any, new: Any, prefix: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from _changed_settings(old.get(name), new.get(name), f"{prefix}.{name}" if prefix else name)
    elif old != new:
        yield f"{prefix} {old!r} → {new!r}"
