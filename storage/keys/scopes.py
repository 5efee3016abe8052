"""Which names a piece of Python binds, and where a name that it reads comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Target(NamedTuple):
    """What an import binds a name to: a module, or ``attribute`` of it, which may be a module in turn."""

    module: str
    attribute: str | None = None


@dataclass
class Bound:
    """The names that statements bind in the scope in which they stand; ``imported``: to what, if by an import."""

    names: set[str] = field(default_factory=set)
    imported: dict[str, list[Target]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    of_module: set[str] = field(default_factory=set)
    of_function: set[str] = field(default_factory=set)


def bound_in(nodes: Iterable[ast.AST], package: str) -> Bound:
    """What ``nodes``, parts of one scope of a module of ``package``, bind there; functions and classes are not entered.

    What stands under ``if TYPE_CHECKING`` is never bound.
    """
    bound = Bound()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            _bind_imports(node, package, bound)
        elif isinstance(node, ast.Global):
            bound.of_module.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            bound.of_function.update(node.names)
        elif isinstance(node, ast.If):
            pending += chosen_branches(node)
        else:
            if name := _own_name(node):
                bound.names.add(name)
            pending += evaluated_here(node)
    return bound


def chosen_branches(node: ast.If) -> list[ast.AST]:
    """The parts of an ``if`` that a running program may evaluate: not those for type checkers."""
    test, negated = node.test, False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, True
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    if name != "TYPE_CHECKING":
        return [node.test, *node.body, *node.orelse]
    return [*(node.body if negated else node.orelse)]


def is_for_type_checkers(node: ast.If) -> bool:
    """Whether only one of the branches is ever run."""
    return node.test not in chosen_branches(node)


def evaluated_here(node: ast.AST) -> Iterable[ast.AST]:
    """The parts of ``node`` that are evaluated in the scope in which it stands, targets of comprehensions aside."""
    if isinstance(node, FUNCTIONS):
        return [*node.decorator_list, *_defaults(node.args)]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    if isinstance(node, ast.Lambda):
        return _defaults(node.args)
    if isinstance(node, ast.comprehension):
        return [node.iter, *node.ifs]
    return children(node)


def children(node: ast.AST) -> list[ast.AST]:
    """The parts of ``node``; as ``ast.iter_child_nodes`` without the contexts of names, in a third of the time."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [one for one in value if isinstance(one, ast.AST)]
        elif isinstance(value, ast.AST) and name != "ctx":
            found.append(value)
    return found


def _defaults(arguments: ast.arguments) -> list[ast.AST]:
    return [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of all parameters."""
    single = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *single)]


def _own_name(node: ast.AST) -> str | None:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return node.name
    return node.rest if isinstance(node, ast.MatchMapping) else None


def imported_modules(node: ast.Import | ast.ImportFrom, package: str) -> list[Target]:
    """What an import statement of a module of ``package`` loads, by absolute names."""
    if isinstance(node, ast.Import):
        return [Target(alias.name) for alias in node.names]
    return [Target(absolute(node, package), alias.name) for alias in node.names]


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The absolute name of the module that a ``from`` import of a module of ``package`` reads."""
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    anchor = parents[: len(parents) - node.level + 1]
    return ".".join([*anchor, node.module] if node.module else anchor)


def _bind_imports(node: ast.Import | ast.ImportFrom, package: str, bound: Bound) -> None:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return
    for alias, target in zip(node.names, imported_modules(node, package), strict=True):
        if alias.name == "*":
            bound.stars.append(target.module)
            continue
        name = alias.asname or alias.name.partition(".")[0]
        if isinstance(node, ast.Import) and not alias.asname:
            target = Target(name)
        targets = bound.imported.setdefault(name, [])
        if target not in targets:
            targets.append(target)


@dataclass(frozen=True)
class Scope:
    """A function's, a class's or a comprehension's names; ``imported``: names of imports, each under a key of its own.

    ``parent`` is None where it stands in the module itself.
    """

    parent: Scope | None
    names: frozenset[str]
    imported: dict[str, str] = field(default_factory=dict)
    of_module: frozenset[str] = frozenset()
    is_class: bool = False

    def origins(self, name: str) -> Iterator[str | None]:
        """Whence ``name`` may come: None for a local variable, the key of an import, or itself: the module's."""
        scope: Scope | None = self
        while scope is not None:
            if scope is self or not scope.is_class:
                if name in scope.of_module:
                    break
                if name in scope.imported:
                    yield scope.imported[name]
                if name in scope.names:
                    yield None
                # A class's own name may be read before it is bound there: then the module's is meant.
                if (name in scope.names or name in scope.imported) and not scope.is_class:
                    return
            scope = scope.parent
        yield name
