"""Values, calls and names as the parts that decide what is computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

from storage.keys.parts import ModuleName, Namespace, Part, Reference, dotted
from storage.keys.scopes import Scope, bound_in
from storage.keys.texts import is_text
from storage.keys.vocabulary import BUILTINS, DESCRIPTION, EXCEPTION_ENDINGS, INTROSPECTION

_UNCOUNTED = frozenset({"ctx", "kind", "type_comment", "type_params"})


class Expressions:
    """Writes values as parts, in ``parts``."""

    def __init__(self, module: Namespace) -> None:
        self.module = module
        packages = "|".join(map(re.escape, module.packages))
        self._modules = re.compile(rf"(?:{packages})(?:\.[A-Za-z_]\w*)+(?:\.\*)?(?::[\w,]+)?")
        self.parts: list[Part] = []
        self._writers: dict[type[ast.AST], Callable[[Any, Scope | None], None]] = {
            ast.Name: self._name, ast.Attribute: self._attribute, ast.Constant: self._constant, ast.Call: self._call,
            ast.JoinedStr: self._joined, ast.ListComp: self._comprehension, ast.SetComp: self._comprehension,
            ast.DictComp: self._comprehension, ast.GeneratorExp: self._comprehension,
        }  # fmt: skip

    def body(self, statements: Sequence[ast.stmt], scope: Scope | None, nested: bool) -> None:
        """Write statements; ``nested``: those inside another one that is no function."""
        raise NotImplementedError

    def node(self, node: ast.AST, scope: Scope | None) -> None:
        """Write ``node`` as it stands in ``scope``, None for the module's own."""
        self._writers.get(type(node), self.plain)(node, scope)

    def plain(self, node: ast.AST, scope: Scope | None) -> None:
        """Write ``node`` with all its fields."""
        self.parts.append(f"({type(node).__name__}")
        for name in node._fields:
            value = getattr(node, name, None)
            # Versions of Python differ in which empty fields there are.
            if value is not None and value != [] and name not in _UNCOUNTED:
                self.parts.append(f" {name}=")
                self.value(value, scope, nested=True)
        self.parts.append(")")

    def value(self, value: Any, scope: Scope | None, nested: bool = False) -> None:
        """Write a field's value: a node, a list of nodes or something plain."""
        if isinstance(value, ast.AST):
            self.node(value, scope)
        elif isinstance(value, list):
            self.parts.append("[")
            if value and isinstance(value[0], ast.stmt):
                self.body(value, scope, nested)
            else:
                for one in value:
                    self.value(one, scope)
                    self.parts.append(",")
            self.parts.append("]")
        else:
            self.parts.append(repr(value))

    # Names

    def _name(self, node: ast.Name, scope: Scope | None) -> None:
        self._read(node.id, (), scope, bound=not isinstance(node.ctx, ast.Load))

    def _attribute(self, node: ast.Attribute, scope: Scope | None) -> None:
        first, chain = dotted(node)
        if isinstance(first, ast.Name):
            self._read(first.id, chain, scope)
        else:
            self.node(first, scope)
            self.parts.append("".join(f".{name}" for name in chain))

    def _read(self, name: str, chain: tuple[str, ...], scope: Scope | None, bound: bool = False) -> None:
        text = f"${name}" + "".join(f".{attribute}" for attribute in chain)
        if scope is None and bound:
            self.parts.append(text)
            return
        for origin in scope.origins(name) if scope is not None else (name,):
            if origin is not None and self.module.knows(origin):
                self.parts.append(Reference(origin, chain))
            else:
                self.parts.append(text)
                if origin in INTROSPECTION:
                    self.parts.append(Reference(""))

    def external(self, node: ast.expr, scope: Scope | None) -> str | None:
        """The dotted name of what ``node`` reads from outside the project, or None."""
        first, chain = dotted(node)
        if not isinstance(first, ast.Name):
            return None
        origin = next(iter(scope.origins(first.id))) if scope is not None else first.id
        if origin is None:
            return None
        if not self.module.knows(origin):
            return ".".join(["builtins", origin, *chain]) if origin in BUILTINS else None
        return self.module.external(Reference(origin, chain))

    # Values

    def _constant(self, node: ast.Constant, scope: Scope | None) -> None:
        value = node.value
        if not isinstance(value, str):
            self.parts.append(hex(value) if type(value) is int else repr(value))
            return
        named = self._modules.fullmatch(value) is not None
        self.parts.append(ModuleName(value) if named else repr(value))

    def _joined(self, node: ast.JoinedStr, scope: Scope | None) -> None:
        self.parts.append("(JoinedStr")
        text = ""
        for value in node.values:
            if isinstance(value, ast.Constant):  # versions of Python differ in how texts side by side are cut
                text += str(value.value)
                continue
            self._constant(ast.Constant(text), scope)
            self.node(value, scope)
            text = ""
        self._constant(ast.Constant(text), scope)
        self.parts.append(")")

    def _call(self, node: ast.Call, scope: Scope | None, dropped: frozenset[str] = frozenset()) -> None:
        name = self.external(node.func, scope)
        if name == "typing.cast" and len(node.args) == 2:
            self.node(node.args[1], scope)
            return
        first, chain = dotted(node.func)
        called = chain[-1] if chain else first.id if isinstance(first, ast.Name) else ""
        self.called(node, scope, dropped | DESCRIPTION.get(name or "", frozenset()), called.endswith(EXCEPTION_ENDINGS))

    def called(self, node: ast.Call, scope: Scope | None, dropped: frozenset[str], textless: bool) -> None:
        """Write a call without the arguments named ``dropped``, nor any text if it is ``textless``."""
        arguments = [value for value in node.args if not (textless and is_text(value))]
        named = [keyword for keyword in node.keywords if not (textless and is_text(keyword.value))]
        self.parts.append("(Call ")
        self.node(node.func, scope)
        if not node.args and isinstance(node.func, ast.Name) and node.func.id in ("vars", "dir"):
            self.parts.append(Reference(""))
        self.value(arguments, scope)
        self.value([keyword for keyword in named if keyword.arg not in dropped], scope)
        self.parts.append(")")

    def _comprehension(self, node: Any, scope: Scope | None) -> None:
        first = node.generators[0]
        self.parts.append(f"({type(node).__name__} ")
        self.node(first.iter, scope)
        bound = bound_in([generator.target for generator in node.generators], self.module.package)
        inner = Scope(scope, frozenset(bound.names))
        for generator in node.generators:
            self.parts.append(" async for " if generator.is_async else " for ")
            self.node(generator.target, inner)
            if generator is not first:
                self.node(generator.iter, inner)
            self.value(generator.ifs, inner)
        for value in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.node(value, inner)
        self.parts.append(")")
