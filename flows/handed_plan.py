"""The plan that a command has made before its flow starts, so that the flow does not read all data once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flows.plan import Plan

_plan: ContextVar[Plan | None] = ContextVar("plan", default=None)


@contextmanager
def handing(plan: Plan | None) -> Iterator[None]:
    """While inside, the flow that this thread calls takes ``plan`` for its own, unless it is None."""
    token = _plan.set(plan)
    try:
        yield
    finally:
        _plan.reset(token)


def handed_plan() -> Plan | None:
    """The plan of the flow that is running; None if it has to make one."""
    return _plan.get()
