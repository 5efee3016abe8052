"""Where names come from, compared with Python's own symbol tables for every function of this project."""

import ast
import symtable
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.keys import PROJECT
from storage.keys.module import Module
from storage.keys.parts import Reference
from storage.keys.syntax import Writer

FILES = sorted(path for package in ("tasks", "storage", "flows") for path in (PROJECT / package).rglob("*.py"))


def tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from tables(child)


def globals_read(table: symtable.SymbolTable) -> set[str]:
    inside = [table, *tables(table)]
    return {
        symbol.get_name()
        for one in inside
        for symbol in one.get_symbols()
        if symbol.is_global() and symbol.is_referenced()
    }


def without_annotations(tree: ast.Module) -> ast.Module:
    """As the project's modules are run, annotations are texts; symbol tables hold their names all the same."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return tree


@pytest.mark.parametrize("package", ["tasks", "storage", "flows"])
def test_every_global_that_a_function_reads_is_a_reference(package: str) -> None:
    checked = 0
    for path in (path for path in FILES if path.is_relative_to(PROJECT / package)):
        text = ast.unparse(without_annotations(ast.parse(path.read_text())))
        module = Module("tasks.x", "tasks", text, str(path), ("flows", "tasks", "storage"))
        by_line = {table.get_lineno(): table for table in symtable.symtable(text, str(path), "exec").get_children()}
        for statement in module.statements:
            table = by_line.get(statement.lineno)
            if not isinstance(statement, ast.FunctionDef) or table is None or statement.decorator_list:
                continue
            writer = Writer(module)
            writer.node(statement, None)
            found = {part.name.partition(" ")[0] for part in writer.parts if isinstance(part, Reference)}
            known = {name for name in globals_read(table) if name in module.names}
            dropped = known - found
            assert all(only_in_messages(statement, name) for name in dropped), (path, statement.name, dropped)
            checked += 1
    assert checked > 50


def only_in_messages(function: ast.FunctionDef, name: str) -> bool:
    """Whether every use of ``name`` in ``function`` lies in an error's text, a line to the log or a cast."""
    inside: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Raise | ast.Assert) or (isinstance(node, ast.Call) and is_remark(node)):
            inside.update(id(one) for one in ast.walk(node))
    uses = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    return all(id(use) in inside for use in uses)


def is_remark(node: ast.Call) -> bool:
    called = ast.unparse(node.func)
    return called.startswith("log.") or called == "cast" or called.endswith(("Error", "Failure"))


def test_paths_are_found() -> None:
    assert len(FILES) > 200
    assert all(isinstance(path, Path) for path in FILES)
