"""A module's syntax as parts: functions and classes, and the whole module."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from storage.keys.parts import Namespace, OfModel, Part, Reference, dotted, unquoted
from storage.keys.scopes import Scope, bound_in, imported_modules, parameters
from storage.keys.statements import Statements
from storage.keys.texts import counted
from storage.keys.vocabulary import DESCRIPTION, PLAIN_BASES, PLAIN_DECORATORS, begins

_ATTEMPTS = 10
"""How often a module is parsed before an interpreter's error is believed."""


def parse(text: str, file: str) -> ast.Module:
    """The syntax tree of a module.

    CPython 3.11 counts the nesting of trees for all threads together (its issue 106905) and fails where another thread
    parses at the same moment, as libraries do: then again.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(SystemError):
            return ast.parse(text, filename=file)
    return ast.parse(text, filename=file)


class Writer(Statements):
    """Writes any syntax as parts."""

    def __init__(self, module: Namespace) -> None:
        super().__init__(module)
        self._writers |= {
            ast.Lambda: self._lambda, ast.FunctionDef: self._function, ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
        }  # fmt: skip

    def _inner(self, body: Sequence[ast.AST], names: Iterable[str], scope: Scope | None, is_class: bool) -> Scope:
        bound = bound_in(body, self.module.package)
        imported = {name: self.module.take(name, targets) for name, targets in bound.imported.items()}
        local = (bound.names | set(names)) - bound.of_module - bound.of_function
        return Scope(scope, frozenset(local), imported, frozenset(bound.of_module), is_class)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope | None) -> None:
        self.parts.append(f"({type(node).__name__} {node.name}")
        self.value(node.decorator_list, scope)
        if not all(self._is_plain(decorator, scope) for decorator in node.decorator_list):
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg) and argument.annotation is not None:
                    self.parts.append(f" {argument.arg}:")
                    self.annotation(argument.annotation, scope)
            if node.returns is not None:
                self.annotation(node.returns, scope)
        self._parameters(node.args, scope)
        outermost = self.function is None
        if outermost:
            self.function, self.messages = node, None
        self.value(node.body, self._inner(node.body, parameters(node.args), scope, False))
        if outermost:
            self.function = None
        self.parts.append(")")

    def _is_plain(self, decorator: ast.expr, scope: Scope | None) -> bool:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = self.external(called, scope)
        plain = ("builtins.staticmethod", "builtins.classmethod", "builtins.property", *PLAIN_DECORATORS)
        return begins(name, plain) or (isinstance(called, ast.Attribute) and called.attr in ("setter", "deleter"))

    def _lambda(self, node: ast.Lambda, scope: Scope | None) -> None:
        self.parts.append("(Lambda")
        self._parameters(node.args, scope)
        self.node(node.body, self._inner([node.body], parameters(node.args), scope, False))
        self.parts.append(")")

    def _parameters(self, arguments: ast.arguments, scope: Scope | None) -> None:
        for kind in ("posonlyargs", "args", "kwonlyargs"):
            self.parts.append(f" {kind}={[argument.arg for argument in getattr(arguments, kind)]}")
        self.parts.append(f" {[one.arg if one else None for one in (arguments.vararg, arguments.kwarg)]}")
        self.value(arguments.defaults, scope)
        self.value(arguments.kw_defaults, scope)

    def _class(self, node: ast.ClassDef, scope: Scope | None) -> None:
        self.parts.append(f"({type(node).__name__} {node.name}")
        self.value(node.decorator_list, scope)
        self.value([base for base in node.bases if not self._is_generic(base, scope)], scope)
        self.value(node.keywords, scope)
        inner = self._inner(node.body, (), scope, True)
        reads, bases = self.reads_annotations(node, scope), self._bases(node, scope)
        self.parts.append("[")
        for statement in counted(node.body, fields=True):
            if isinstance(statement, ast.AnnAssign):
                self._field(statement, inner, reads, bases)
            elif not isinstance(statement, ast.Import | ast.ImportFrom):
                self.node(statement, inner)
            else:
                self.loaded += imported_modules(statement, self.module.package)
            self.parts.append(";")
        self.parts.append("])")

    def _is_generic(self, base: ast.expr, scope: Scope | None) -> bool:
        return isinstance(base, ast.Subscript) and self.external(base.value, scope) == "typing.Generic"

    def reads_annotations(self, node: ast.ClassDef, scope: Scope | None) -> bool:
        """Whether the class may look at its fields' annotations, classes of the project from which it derives aside."""
        if node.keywords or not all(self._is_plain(decorator, scope) for decorator in node.decorator_list):
            return True
        names = [self.external(base.value if isinstance(base, ast.Subscript) else base, scope) for base in node.bases]
        return any(name is not None and not begins(name, ("builtins.", *PLAIN_BASES)) for name in names)

    def _bases(self, node: ast.ClassDef, scope: Scope | None) -> tuple[Reference, ...]:
        """The bases that are not from outside the project, all of the module in place of those that are no names."""
        found: list[Reference] = []
        for base in node.bases:
            named = base.value if isinstance(base, ast.Subscript) else base
            first, chain = dotted(named)
            if not isinstance(first, ast.Name):
                found.append(Reference(""))
            elif self.external(named, scope) is None:
                origins = scope.origins(first.id) if scope is not None else (first.id,)
                found += [Reference(origin or "", chain) for origin in origins]
        return tuple(found)

    def _field(self, node: ast.AnnAssign, scope: Scope, reads: bool, bases: tuple[Reference, ...]) -> None:
        self.parts.append("(Field ")
        self.node(node.target, scope)
        special = node.annotation.value if isinstance(node.annotation, ast.Subscript) else node.annotation
        name = self.external(special, scope)
        if name in ("typing.ClassVar", "dataclasses.InitVar", "dataclasses.KW_ONLY"):
            self.parts.append(f" {name}")
        if reads:
            self.parts += self._apart(partial(self._model_field, node, scope))
        else:
            described = self._apart(partial(self._model_field, node, scope))
            bare = self._apart(partial(self._default, node, scope))
            self.parts.append(OfModel(bases, tuple(described), tuple(bare)))
        self.parts.append(")")

    def _apart(self, write: Callable[[], None]) -> list[Part]:
        before, self.parts = self.parts, []
        write()
        written, self.parts = self.parts, before
        return written

    def _model_field(self, node: ast.AnnAssign, scope: Scope) -> None:
        self.annotation(node.annotation, scope)
        if isinstance(node.value, ast.Call):
            self._call(node.value, scope, DESCRIPTION["pydantic.Field"])
        elif node.value is not None:
            self.node(node.value, scope)

    def _default(self, node: ast.AnnAssign, scope: Scope | None) -> None:
        if node.value is not None:
            self.node(node.value, scope)

    def annotation(self, node: ast.expr, scope: Scope | None) -> None:
        """Write an annotation that counts, one in quotes as if it had none."""
        self.node(unquoted(node), scope)
