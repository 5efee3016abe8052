"""Imports run one way, ``flows → tasks → storage``, from later stages to earlier ones, and in no circles.

Those inside functions count too.
"""

import ast
import graphlib
from collections.abc import Iterator

import pytest

from storage.keys import PROJECT

Graph = dict[str, set[str]]

BASE = {"stage", "compute", "page"}
"""What every stage may use; Prefect's face of the stages shows progress and pictures."""

STAGES = (
    *(
        "autoencoder",
        "synthesis",
        "ingestion",
        "points",
        "training",
        "adoption",
        "encoding",
        "statistics",
        "sampling",
        "assessment",
    ),
    "rating",
    "finished",
)
"""In order: each may use those before it."""

READERS: dict[str, set[str]] = {"reporting": set(), "comparing": set(), "exploring": set(), "exporting": {"exploring"}}
"""What shows a finished study, each with the readers that it may use."""


def modules(package: str) -> dict[str, ast.Module]:
    """Every module of ``package``, by its name."""
    found = {}
    for path in sorted((PROJECT / package).rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(), str(path))
    return found


def imported(module: ast.Module) -> Iterator[str]:
    """What ``module`` imports, by its full name: ``from a import b`` gives both ``a`` and ``a.b``."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "the project's imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def graph(package: str) -> Graph:
    """The modules of ``package`` that each of them imports."""
    trees = modules(package)
    return {name: {other for other in imported(tree) if other in trees} - {name} for name, tree in trees.items()}


def allowed(package: str) -> set[str]:
    """The packages of ``tasks`` that ``package`` may use beside itself."""
    if package in READERS:
        return BASE | set(STAGES) | READERS[package]
    if package in STAGES:
        return BASE | set(STAGES[: STAGES.index(package)])
    return BASE if package == "stage" else BASE - {"page"}


@pytest.mark.parametrize("package", ["storage", "tasks", "flows"])
def test_no_circles(package: str) -> None:
    try:
        graphlib.TopologicalSorter(graph(package)).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize(("package", "later"), [("storage", "tasks"), ("storage", "flows"), ("tasks", "flows")])
def test_nothing_earlier_imports_what_is_later(package: str, later: str) -> None:
    arrows = {
        name: [other for other in imported(tree) if other.split(".")[0] == later]
        for name, tree in modules(package).items()
    }
    assert {name: found for name, found in arrows.items() if found} == {}


def test_every_package_of_tasks_has_its_place() -> None:
    packages = {name.split(".")[1] for name in modules("tasks") if name != "tasks"}
    assert packages == BASE | set(STAGES) | set(READERS)


def test_no_stage_imports_a_later_one() -> None:
    arrows = {
        f"{name} → {other}"
        for name, others in graph("tasks").items()
        for other in others - {"tasks"}
        if other.split(".")[1] not in allowed(name.split(".")[1]) | {name.split(".")[1]}
    }
    assert arrows == set()


def test_only_a_stages_task_and_the_stage_package_know_prefect() -> None:
    """A kernel reaches Prefect neither itself nor by another module of ``tasks``."""
    trees, arrows = modules("tasks"), graph("tasks")
    face = {name for name in trees if name.startswith("tasks.stage") or name.endswith(".task")}
    knows = {name for name, tree in trees.items() if any(other.split(".")[0] == "prefect" for other in imported(tree))}
    assert knows <= face
    while more := {name for name, others in arrows.items() if others & knows} - knows:
        knows |= more
    assert knows <= face
