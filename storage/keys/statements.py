"""Statements as the parts that decide what is computed: without docstrings, messages and lines to the log."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from storage.keys.expressions import Expressions
from storage.keys.parts import Namespace
from storage.keys.scopes import Scope, Target, imported_modules
from storage.keys.texts import assigned, counted, is_harmless, is_text, messages
from storage.keys.vocabulary import LOG_METHODS, LOGGERS


class Statements(Expressions):
    """Writes statements as parts; ``loaded``: what imports inside functions load."""

    def __init__(self, module: Namespace) -> None:
        super().__init__(module)
        self.loaded: list[Target] = []
        self.function: ast.AST | None = None
        """The outermost function that is being written."""
        self.messages: frozenset[str] | None = None
        """Its local variables that hold nothing but messages, once they are asked for."""
        self._writers |= {
            ast.Raise: self._raise, ast.Assert: self._assert, ast.AnnAssign: self._annotated, ast.Import: self._import,
            ast.ImportFrom: self._import,
        }  # fmt: skip

    def body(self, statements: Sequence[ast.stmt], scope: Scope | None, nested: bool) -> None:
        """Write statements; ``nested``: those inside another one that is no function."""
        for statement in counted(statements):
            if self._is_message(statement):
                continue
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.loaded += imported_modules(statement, self.module.package)
                if not nested:  # what it binds counts where it is used
                    continue
            remarks = self._remarks(statement, scope)
            if remarks is None:
                self.node(statement, scope)
            elif remarks:
                self.value(remarks, scope)
            else:
                continue
            self.parts.append(";")

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope | None) -> None:
        """Inside ``try`` and the like, where it matters whether there is such a library."""
        for target in imported_modules(node, self.module.package):
            if target.module.partition(".")[0] not in self.module.packages:
                self.parts.append(f"import {'.'.join(filter(None, target))}")

    def _is_message(self, node: ast.stmt) -> bool:
        """Whether ``node`` puts together a text that only errors repeat."""
        name = assigned(node)
        if self.function is None or name is None or not isinstance(node, ast.Assign) or not is_text(node.value):
            return False
        if self.messages is None:
            self.messages = messages(self.function)
        return name in self.messages

    def _annotated(self, node: ast.AnnAssign, scope: Scope | None) -> None:
        if node.value is not None:
            self.plain(ast.Assign(targets=[node.target], value=node.value), scope)

    def _assert(self, node: ast.Assert, scope: Scope | None) -> None:
        self.plain(ast.Assert(test=node.test, msg=None), scope)

    def _raise(self, node: ast.Raise, scope: Scope | None) -> None:
        self.parts.append("(Raise ")
        if isinstance(node.exc, ast.Call):
            self.called(node.exc, scope, frozenset(), textless=True)
        elif node.exc is not None:
            self.node(node.exc, scope)
        self.parts.append(")")

    def _remarks(self, node: ast.stmt, scope: Scope | None) -> list[ast.expr] | None:
        """Of a line to the log what is more than text, of anything else None."""
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            return None
        call = node.value
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in LOG_METHODS:
            return None
        logger = call.func.value
        is_logger = isinstance(logger, ast.Name) and self.module.is_logger(logger.id)
        if isinstance(logger, ast.Name) and is_logger and scope is not None:
            is_logger = next(iter(scope.origins(logger.id))) == logger.id
        if not is_logger and self.external(logger, scope) not in LOGGERS:
            return None
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        return [value for value in values if not is_text(value) and not is_harmless(value)]
