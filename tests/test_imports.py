"""Imports run one way, ``flows → tasks → storage``, and in no circles, those inside functions included."""

import ast
import graphlib
from collections.abc import Iterator

import pytest

from storage.keys import PROJECT

Graph = dict[str, set[str]]


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


@pytest.mark.parametrize("package", ["storage"])
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
