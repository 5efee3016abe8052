"""Python's syntax as the parts that decide what is computed: text, and references to what names mean."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias

from storage.keys.scopes import (
    Scope,
    Target,
    bound_in,
    chosen_branches,
    imported_modules,
    is_for_type_checkers,
    parameters,
)
from storage.keys.vocabulary import (
    BUILTINS,
    DESCRIPTION,
    EXCEPTION_ENDINGS,
    HARMLESS,
    INTROSPECTION,
    LOG_METHODS,
    LOGGERS,
    PLAIN_BASES,
    PLAIN_DECORATORS,
    begins,
)

_ATTEMPTS = 10
"""How often a module is parsed before an interpreter's error is believed."""

_UNCOUNTED = frozenset({"ctx", "kind", "type_comment", "type_params"})


class Reference(NamedTuple):
    """A name of the module and the attributes read from it; the module itself where ``name`` is empty."""

    name: str
    chain: tuple[str, ...] = ()


class ModuleName(NamedTuple):
    """A text that may name a module of the project, or definitions in it, as roots do."""

    text: str


class OfModel(NamedTuple):
    """``parts`` that count where the class with these ``bases`` may read annotations, ``otherwise`` elsewhere."""

    bases: tuple[Reference, ...]
    parts: tuple[Part, ...]
    otherwise: tuple[Part, ...]


Part: TypeAlias = "str | Reference | ModuleName | OfModel"


class Namespace(Protocol):
    """A module's names, as far as its syntax needs them."""

    package: str
    packages: tuple[str, ...]

    def knows(self, name: str) -> bool:
        """Whether the module may bind ``name``."""

    def external(self, reference: Reference) -> str | None:
        """The dotted name of something from outside the project; None for anything else."""

    def is_logger(self, name: str) -> bool:
        """Whether ``name`` is a logger made in the module."""

    def take(self, name: str, targets: list[Target]) -> str:
        """Note what an import inside a function binds ``name`` to, under a key that is returned."""


def parse(text: str, file: str) -> ast.Module:
    """The syntax tree of a module.

    CPython 3.11 counts the nesting of trees for all threads together (its issue 106905) and fails where another thread
    parses at the same moment, as libraries do: then again.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(SystemError):
            return ast.parse(text, filename=file)
    return ast.parse(text, filename=file)


def dotted(node: ast.expr) -> tuple[ast.expr, tuple[str, ...]]:
    """What stands at the beginning of ``a.b.c``, and the attributes after it."""
    chain: list[str] = []
    while isinstance(node, ast.Attribute):
        chain.append(node.attr)
        node = node.value
    return node, tuple(reversed(chain))


class Writer:
    """Writes syntax as parts, in ``parts``; ``loaded``: what imports inside functions load."""

    def __init__(self, module: Namespace) -> None:
        self._module = module
        self._modules = re.compile(rf"(?:{'|'.join(map(re.escape, module.packages))})(?:\.[A-Za-z_]\w*)+(?:\.\*)?(?::[\w,]+)?")
        self.parts: list[Part] = []
        self.loaded: list[Target] = []
        self._function_here: ast.AST | None = None
        self._messages: frozenset[str] | None = None
        self._write: dict[type[ast.AST], Callable[[Any, Scope | None], None]] = {
            ast.Name: self._name, ast.Attribute: self._attribute, ast.Constant: self._constant, ast.Call: self._call,
            ast.JoinedStr: self._joined, ast.Lambda: self._lambda, ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function, ast.ClassDef: self._class, ast.Raise: self._raise,
            ast.Assert: self._assert, ast.AnnAssign: self._annotated, ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension, ast.DictComp: self._comprehension, ast.GeneratorExp: self._comprehension,
            ast.Import: self._import, ast.ImportFrom: self._import,
        }  # fmt: skip

    def node(self, node: ast.AST, scope: Scope | None) -> None:
        """Write ``node`` as it stands in ``scope``, None for the module's own."""
        self._write.get(type(node), self._plain)(node, scope)

    def _plain(self, node: ast.AST, scope: Scope | None) -> None:
        self.parts.append(f"({type(node).__name__}")
        for name in node._fields:
            value = getattr(node, name, None)
            # Versions of Python differ in which empty fields there are.
            if value is not None and value != [] and name not in _UNCOUNTED:
                self.parts.append(f" {name}=")
                self._value(value, scope, nested=True)
        self.parts.append(")")

    def _value(self, value: Any, scope: Scope | None, nested: bool = False) -> None:
        if isinstance(value, ast.AST):
            self.node(value, scope)
        elif isinstance(value, list):
            self.parts.append("[")
            if value and isinstance(value[0], ast.stmt):
                self._body(value, scope, nested)
            else:
                for one in value:
                    self._value(one, scope)
                    self.parts.append(",")
            self.parts.append("]")
        else:
            self.parts.append(repr(value))

    def _body(self, statements: Sequence[ast.stmt], scope: Scope | None, nested: bool) -> None:
        for statement in counted(statements):
            if self._is_message(statement):
                continue
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.loaded += imported_modules(statement, self._module.package)
                if not nested:  # what it binds counts where it is used
                    continue
            remarks = self._remarks(statement, scope)
            if remarks is None:
                self.node(statement, scope)
            elif remarks:
                self._value(remarks, scope)
            else:
                continue
            self.parts.append(";")

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope | None) -> None:
        """Inside ``try`` and the like, where it matters whether there is such a library."""
        for target in imported_modules(node, self._module.package):
            if target.module.partition(".")[0] not in self._module.packages:
                self.parts.append(f"import {'.'.join(filter(None, target))}")

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
            if origin is not None and self._module.knows(origin):
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
        if not self._module.knows(origin):
            return ".".join(["builtins", origin, *chain]) if origin in BUILTINS else None
        return self._module.external(Reference(origin, chain))

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
        self._called(node, scope, dropped | DESCRIPTION.get(name or "", frozenset()), called.endswith(EXCEPTION_ENDINGS))

    def _called(self, node: ast.Call, scope: Scope | None, dropped: frozenset[str], textless: bool) -> None:
        arguments = [value for value in node.args if not (textless and is_text(value))]
        keywords = [
            keyword for keyword in node.keywords if keyword.arg not in dropped and not (textless and is_text(keyword.value))
        ]
        self.parts.append("(Call ")
        self.node(node.func, scope)
        if not node.args and isinstance(node.func, ast.Name) and node.func.id in ("vars", "dir"):
            self.parts.append(Reference(""))
        self._value(arguments, scope)
        self._value(keywords, scope)
        self.parts.append(")")

    def _comprehension(self, node: Any, scope: Scope | None) -> None:
        first = node.generators[0]
        self.parts.append(f"({type(node).__name__} ")
        self.node(first.iter, scope)
        bound = bound_in([generator.target for generator in node.generators], self._module.package)
        inner = Scope(scope, frozenset(bound.names))
        for generator in node.generators:
            self.parts.append(" async for " if generator.is_async else " for ")
            self.node(generator.target, inner)
            if generator is not first:
                self.node(generator.iter, inner)
            self._value(generator.ifs, inner)
        for value in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.node(value, inner)
        self.parts.append(")")

    # Functions and classes

    def _inner(self, body: Sequence[ast.AST], names: Iterable[str], scope: Scope | None, is_class: bool) -> Scope:
        bound = bound_in(body, self._module.package)
        imported = {name: self._module.take(name, targets) for name, targets in bound.imported.items()}
        local = (bound.names | set(names)) - bound.of_module - bound.of_function
        return Scope(scope, frozenset(local), imported, frozenset(bound.of_module), is_class)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope | None) -> None:
        self.parts.append(f"({type(node).__name__} {node.name}")
        self._value(node.decorator_list, scope)
        if not all(self._is_plain(decorator, scope) for decorator in node.decorator_list):
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg) and argument.annotation is not None:
                    self.parts.append(f" {argument.arg}:")
                    self.annotation(argument.annotation, scope)
            if node.returns is not None:
                self.annotation(node.returns, scope)
        self._parameters(node.args, scope)
        outermost = self._function_here is None
        if outermost:
            self._function_here, self._messages = node, None
        self._value(node.body, self._inner(node.body, parameters(node.args), scope, False))
        if outermost:
            self._function_here = None
        self.parts.append(")")

    def _is_message(self, node: ast.stmt) -> bool:
        """Whether ``node`` puts together a text that only errors repeat."""
        name = _assigned(node)
        if self._function_here is None or name is None or not is_text(node.value):  # type: ignore[attr-defined]
            return False
        if self._messages is None:
            self._messages = messages(self._function_here)
        return name in self._messages

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
        self._value(arguments.defaults, scope)
        self._value(arguments.kw_defaults, scope)

    def _class(self, node: ast.ClassDef, scope: Scope | None) -> None:
        self.parts.append(f"({type(node).__name__} {node.name}")
        self._value(node.decorator_list, scope)
        self._value([base for base in node.bases if not self._is_generic(base, scope)], scope)
        self._value(node.keywords, scope)
        inner = self._inner(node.body, (), scope, True)
        reads, bases = self.reads_annotations(node, scope), self._bases(node, scope)
        self.parts.append("[")
        for statement in counted(node.body, fields=True):
            if isinstance(statement, ast.AnnAssign):
                self._field(statement, inner, reads, bases)
            elif not isinstance(statement, ast.Import | ast.ImportFrom):
                self.node(statement, inner)
            else:
                self.loaded += imported_modules(statement, self._module.package)
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

    # Statements

    def _annotated(self, node: ast.AnnAssign, scope: Scope | None) -> None:
        if node.value is not None:
            self._plain(ast.Assign(targets=[node.target], value=node.value), scope)

    def _assert(self, node: ast.Assert, scope: Scope | None) -> None:
        self._plain(ast.Assert(test=node.test, msg=None), scope)

    def _raise(self, node: ast.Raise, scope: Scope | None) -> None:
        self.parts.append("(Raise ")
        if isinstance(node.exc, ast.Call):
            self._called(node.exc, scope, frozenset(), textless=True)
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
        is_logger = isinstance(logger, ast.Name) and self._module.is_logger(logger.id)
        if isinstance(logger, ast.Name) and is_logger and scope is not None:
            is_logger = next(iter(scope.origins(logger.id))) == logger.id
        if not is_logger and self.external(logger, scope) not in LOGGERS:
            return None
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        return [value for value in values if not is_text(value) and not is_harmless(value)]


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


def unquoted(annotation: ast.expr) -> ast.expr:
    """The annotation; one in quotes as if it had none."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        with suppress(SyntaxError):
            return ast.parse(annotation.value, mode="eval").body
    return annotation


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
        elif isinstance(node, ast.Assign) and (name := _assigned(node)) and is_text(node.value):
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


def _assigned(node: ast.stmt) -> str | None:
    """The one name that a plain assignment binds."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None
