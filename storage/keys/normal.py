"""A module's syntax as keys count it: without what only people and type checkers read, and without import statements.

Names bound by imports are replaced by what they refer to. Omitted are comments, formatting and docstrings; annotations;
the texts of raised errors and failed assertions; log calls; descriptions and bounds of fields; and fields that belong
to the machine.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple, TypeAlias

UNWRITTEN = frozenset({"ctx", "kind", "type_comment", "type_ignores", "annotation", "returns"})
LOGS = frozenset({"log", "logger", "logging", "warnings"})
LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
MACHINE_FIELD = "machine_field"
_DESCRIPTION = frozenset({
    "title", "description", "examples", "ge", "gt", "le", "lt", "min_length", "max_length", "pattern", "allow_inf_nan",
})  # fmt: skip
DESCRIPTIONS = {"Field": _DESCRIPTION, "swept": _DESCRIPTION, "create_model": frozenset({"__doc__"})}
"""By what is called: the arguments that describe a field or bound its values; a value counts as a setting."""

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

_ATTEMPTS = 10
"""How often parsing is tried before an error of the interpreter is raised."""


class Reference(NamedTuple):
    """A dotted path that begins at one of the project's packages; ``text``: if no module has it, it is just a text."""

    path: str
    text: bool = False


Part: TypeAlias = str | Reference
Bindings: TypeAlias = dict[str, list[str]]
"""The dotted paths to which imports bind names, in the order in which they do."""


class NormalForm(NamedTuple):
    """What counts of a module.

    ``parts``: its syntax; ``loads``: the paths that its imports name; ``exports``: where the names come from that it
    binds by imports alone, by name.
    """

    parts: tuple[Part, ...]
    loads: frozenset[str]
    exports: dict[str, str]


@lru_cache(maxsize=2048)
def normal_form(source: bytes, package: str, packages: tuple[str, ...]) -> NormalForm:
    """``source``: a module's; ``package``: where its relative imports begin; ``packages``: the project's."""
    tree = _parse(source)
    writer = _Writer(package, packages)
    writer.enter(tree.body)
    writer.body(tree.body)
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    loads = {path for node in imports for path in writer.loaded(node)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    bound |= {node.name for node in nodes if isinstance(node, SCOPES)}
    exports = {
        name: paths[0]
        for name, paths in sorted(writer.scopes[0].items())
        if len(paths) == 1 and name not in bound and writer.is_project(paths[0])
    }
    # A name that is imported and not used here is there for others, who may ask for it in ways not seen in the syntax.
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    for name in sorted(exports.keys() - used):
        writer.parts += [f"(Export {name} ", Reference(exports[name]), ")"]
    return NormalForm(tuple(_joined(writer.parts)), frozenset(loads), exports)


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    for is_reference, group in groupby(parts, lambda part: isinstance(part, Reference)):
        if is_reference:
            yield from group
        else:
            yield "".join(part for part in group if isinstance(part, str))


def _parse(source: bytes) -> ast.Module:
    """The module's syntax tree.

    CPython 3.11 counts the nesting of trees for all threads together (its issue 106905) and fails where another thread
    parses at the same moment, as libraries do: then again.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(SystemError):
            return ast.parse(source)
    return ast.parse(source)


class _Writer:
    """Writes the parts of one module."""

    def __init__(self, package: str, packages: tuple[str, ...]) -> None:
        self._package, self._packages = package, packages
        self._beginnings = tuple(f"{name}." for name in packages)
        self.parts: list[Part] = []
        self.scopes: list[Bindings] = []

    def is_project(self, path: str) -> bool:
        """Whether ``path`` begins at one of the project's packages."""
        return path in self._packages or path.startswith(self._beginnings)

    def loaded(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        """The paths of the project that an import names: of modules, or of what lies in one."""
        names = [(alias.name, "") for alias in node.names] if isinstance(node, ast.Import) else self._bound(node)
        yield from (path for path, _ in names if self.is_project(path))
        if isinstance(node, ast.ImportFrom) and self.is_project(origin := self._origin(node)):
            yield origin

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        above = self._package.split(".")
        anchor = above[: len(above) - node.level + 1]
        return ".".join([*anchor, node.module] if node.module else anchor)

    def _bound(self, node: ast.Import | ast.ImportFrom) -> list[tuple[str, str]]:
        """(path, name) of what an import binds; a star stands for itself."""
        if isinstance(node, ast.ImportFrom):
            origin = self._origin(node)
            return [
                (origin, "*") if alias.name == "*" else (f"{origin}.{alias.name}", alias.asname or alias.name)
                for alias in node.names
            ]
        return [
            (alias.name, alias.asname) if alias.asname else (alias.name.partition(".")[0],) * 2 for alias in node.names
        ]

    def enter(self, statements: Iterable[ast.stmt]) -> None:
        """Enter a scope made of ``statements``: what imports in it bind, nested scopes and type checkers' aside."""
        bindings: Bindings = {}
        pending: list[ast.AST] = [*reversed(list(statements))]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                for path, name in self._bound(node):
                    bindings.setdefault(name, []).append(path)
            elif isinstance(node, ast.If) and _is_for_type_checkers(node):
                pending.extend(reversed(node.orelse))
            elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case) and not isinstance(node, SCOPES):
                pending += list(ast.iter_child_nodes(node))[::-1]
        self.scopes.append(bindings)

    def body(self, statements: Iterable[ast.stmt], nested: bool = False, in_class: bool = False) -> None:
        """Write those of ``statements`` that count; ``nested``: inside an ``if`` or the like, where imports do too."""
        self.parts.append("[")
        for node in _counted(statements):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node, nested)
            elif isinstance(node, ast.AnnAssign):
                self._annotated(node, in_class)
            else:
                self.node(node)
        self.parts.append("]")

    def _import(self, node: ast.Import | ast.ImportFrom, nested: bool) -> None:
        for path, name in sorted(self._bound(node)):
            if (nested or name == "*") and path.partition(".")[0] != "__future__":
                self.parts.append(f"(Import {name} ")
                self._path(path)
                self.parts.append(")")

    def _annotated(self, node: ast.AnnAssign, in_class: bool) -> None:
        """A field of a class is one without a value too; anywhere else an annotation changes nothing."""
        if in_class:
            if _called(node.value) != MACHINE_FIELD:
                self._fields("Field", [("target", node.target), ("value", node.value)])
        elif node.value is not None:
            self._fields("Assign", [("targets", [node.target]), ("value", node.value)])

    def node(self, node: ast.AST) -> None:
        """Write any part of the tree."""
        if isinstance(node, ast.Name | ast.Attribute) and self._is_imported(node):
            return
        fields = [(name, value) for name, value in ast.iter_fields(node) if name not in UNWRITTEN]
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            call = node.exc
            args = [argument for argument in call.args if not _is_text(argument)]
            keywords = [keyword for keyword in call.keywords if not _is_text(keyword.value)]
            fields = [("exc", call.func), ("args", args), ("keywords", keywords), ("cause", node.cause)]
        elif isinstance(node, ast.Assert):
            fields = [("test", node.test)]
        elif isinstance(node, ast.Call) and (described := DESCRIPTIONS.get(_called(node))):
            kept = [keyword for keyword in node.keywords if keyword.arg not in described]
            fields = [("func", node.func), ("args", node.args), ("keywords", kept)]
        elif isinstance(node, SCOPES):
            fields = [(name, value) for name, value in fields if name != "body"]
        if isinstance(node, ast.Constant):
            self._constant(node.value)
        else:
            self._fields(type(node).__name__, fields)
        if isinstance(node, SCOPES):
            self.enter(node.body)
            self.body(node.body, in_class=isinstance(node, ast.ClassDef))
            self.scopes.pop()

    def _fields(self, kind: str, fields: Iterable[tuple[str, object]]) -> None:
        # Empty fields are not written: later versions of Python have more of them.
        self.parts.append(f"({kind}")
        for name, value in fields:
            if isinstance(value, list) and value:
                self.parts.append(f" {name}=")
                self._list(value)
            elif isinstance(value, ast.AST):
                self.parts.append(f" {name}=")
                self.node(value)
            elif value is not None and value != []:
                self.parts.append(f" {name}={value!a}")
        self.parts.append(")")

    def _list(self, values: list[object]) -> None:
        if isinstance(values[0], ast.stmt):
            self.body((value for value in values if isinstance(value, ast.stmt)), nested=True)
            return
        self.parts.append("[")
        for value in values:
            if isinstance(value, ast.AST):
                self.node(value)
            else:
                self.parts.append(f"{value!a},")
        self.parts.append("]")

    def _constant(self, value: object) -> None:
        if isinstance(value, str) and value.startswith(self._beginnings):
            # A module that is named in a text may move as well.
            place = value.removesuffix(".*")
            self.parts += ["(Text ", Reference(place, text=True), f"{value[len(place) :]!a})"]
        else:
            self.parts.append(f"({type(value).__name__} {value!a})")

    def _is_imported(self, node: ast.Name | ast.Attribute) -> bool:
        """Write a name that an import binds, with the attributes that follow; whether it was one."""
        names: list[str] = []
        first: ast.expr = node
        while isinstance(first, ast.Attribute):
            names.append(first.attr)
            first = first.value
        if not isinstance(first, ast.Name) or not isinstance(first.ctx, ast.Load):
            return False
        paths = next((scope[first.id] for scope in reversed(self.scopes) if first.id in scope), None)
        for path in paths or ():
            self._path(".".join([path, *reversed(names)]))
        return paths is not None

    def _path(self, path: str) -> None:
        self.parts += ["(Own ", Reference(path), ")"] if self.is_project(path) else [f"(Other {path})"]


def _counted(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for node in statements:
        if isinstance(node, ast.If) and _is_for_type_checkers(node):
            yield from _counted(node.orelse)
        elif not (
            isinstance(node, ast.Pass)
            or (isinstance(node, ast.Expr) and (isinstance(node.value, ast.Constant) or _is_log(node.value)))
        ):
            yield node


def _is_for_type_checkers(node: ast.If) -> bool:
    return getattr(node.test, "id", getattr(node.test, "attr", None)) == "TYPE_CHECKING"


def _is_log(node: ast.expr) -> bool:
    """A call of the log that does nothing else."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in LOGS
        and node.func.attr in LOG_METHODS
        and not any(isinstance(inside, ast.NamedExpr | ast.Await | ast.Yield) for inside in ast.walk(node))
    )


def _called(node: ast.expr | None) -> str:
    """The last name of what is called, empty if nothing is."""
    function = node.func if isinstance(node, ast.Call) else None
    return str(getattr(function, "id", getattr(function, "attr", "")))


def _is_text(node: ast.expr) -> bool:
    """Whether ``node`` is put together as a text."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Mod) and (_is_text(node.left) or _is_text(node.right))
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) and _is_text(node.orelse)
    if isinstance(node, ast.Call):
        return (
            _called(node) in ("format", "join") and isinstance(node.func, ast.Attribute) and _is_text(node.func.value)
        )
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
