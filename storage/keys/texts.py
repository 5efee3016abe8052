"""Which parts of a module's syntax only say something: to its readers, to type checkers, to whoever meets an error."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator

from storage.keys.scopes import chosen_branches, is_for_type_checkers
from storage.keys.vocabulary import HARMLESS


def counted(statements: Iterable[ast.stmt], fields: bool = False) -> Iterator[ast.stmt]:
    """Those statements that may do something: no docstrings, nothing for type checkers; ``fields``: of a class."""
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Pass):
            continue
        if isinstance(statement, ast.AnnAssign) and statement.value is None and not fields:
            continue
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            continue
        if isinstance(statement, ast.If) and is_for_type_checkers(statement):
            yield from counted(
                (branch for branch in chosen_branches(statement) if isinstance(branch, ast.stmt)), fields
            )
            continue
        yield statement


def is_text(node: ast.expr) -> bool:
    """Whether ``node`` is put together as a text."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Mod) and (is_text(node.left) or is_text(node.right))
    if isinstance(node, ast.IfExp):
        return is_text(node.body) and is_text(node.orelse)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("format", "join") and is_text(node.func.value)
    return isinstance(node, ast.JoinedStr)


def is_harmless(node: ast.expr) -> bool:
    """Whether nothing is done by evaluating ``node`` but to find its value."""
    for inside in ast.walk(node):
        if isinstance(inside, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        if isinstance(inside, ast.Call) and not (isinstance(inside.func, ast.Name) and inside.func.id in HARMLESS):
            return False
    return True


def messages(function: ast.AST) -> frozenset[str]:
    """The local variables of ``function`` that hold texts which nothing but the texts of its errors repeat."""
    read: Counter[str] = Counter()
    written: Counter[str] = Counter()
    texts: dict[str, list[ast.expr]] = {}
    repeated: Counter[str] = Counter()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else written)[node.id] += 1
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            for value in filter(is_text, node.exc.args):
                repeated += _names(value)
        elif isinstance(node, ast.Global):
            return frozenset()
        elif isinstance(node, ast.Assign) and (name := assigned(node)) and is_text(node.value):
            texts.setdefault(name, []).append(node.value)
    found: set[str] = set()
    while new := {
        name
        for name, values in texts.items()
        if name not in found and len(values) == written[name] and 0 < read[name] == repeated[name]
    }:
        found |= new
        for name in new:
            for value in texts[name]:
                repeated += _names(value)
    return frozenset(found)


def _names(node: ast.expr) -> Counter[str]:
    return Counter(inside.id for inside in ast.walk(node) if isinstance(inside, ast.Name))


def assigned(node: ast.stmt) -> str | None:
    """The one name that a plain assignment binds."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None
