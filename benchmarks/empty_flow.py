"""A Prefect flow with N tasks that do nothing, on Prefect's ephemeral server.

``python -m benchmarks.empty_flow N``.
"""

from __future__ import annotations

import sys

from prefect import flow, task


@task
def nothing(number: int) -> int:
    return number


@flow
def empty(tasks: int) -> None:
    for number in range(tasks):
        nothing(number)


if __name__ == "__main__":
    empty(int(sys.argv[1]))
