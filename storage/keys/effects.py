"""What a module's statements do beside binding names, while it is imported or when its functions run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.keys.parts import Reference
from storage.keys.scopes import FUNCTIONS, evaluated_here, parameters
from storage.keys.vocabulary import (
    BUILTINS,
    IMMUTABLE,
    IMMUTABLE_BUILTINS,
    IMPURE,
    IMPURE_BUILTINS,
    LASTING_DECORATORS,
    NOISY_BUILTINS,
    PURE,
    READING,
    begins,
)

if TYPE_CHECKING:
    from storage.keys.module import Module

CONSTRUCTORS = ("__init__", "__new__", "__post_init__")

Path = tuple[ast.expr, tuple[str, ...]]


@dataclass
class Effects:
    """What a statement does while its module is imported.

    ``certain``: something outside the module, as far as can be seen; ``called``: what of the project it calls,
    ``subclassed``: derives from, ``stored``: assigns to attributes or items of, ``passed``: hands over or calls
    methods of.
    """

    certain: bool = False
    called: list[Reference] = field(default_factory=list)
    subclassed: list[Reference] = field(default_factory=list)
    stored: list[Reference] = field(default_factory=list)
    passed: list[Reference] = field(default_factory=list)


def import_effects(module: Module, statement: ast.stmt) -> Effects:
    """What ``statement`` does while ``module`` is imported."""
    effects = Effects()
    if _is_for_the_command_line(statement):
        return effects
    for node in _evaluated(statement):
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
            effects.certain = True
        elif isinstance(node, ast.Call):
            _call(module, node.func, [*node.args, *(keyword.value for keyword in node.keywords)], effects)
            if any(keyword.arg == "out" for keyword in node.keywords):
                effects.certain = True
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            _change(module, node, effects)
        elif isinstance(node, ast.AugAssign):
            _change(module, node.target, effects)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            for decorator in node.decorator_list:
                _call(module, decorator, [], effects)
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                first, chain = _path(base)
                if isinstance(first, ast.Name) and module.knows(first.id):
                    effects.subclassed.append(Reference(first.id, chain))
    return effects


def _is_for_the_command_line(statement: ast.stmt) -> bool:
    """Whether it is ``if __name__ == "__main__"``."""
    test = statement.test if isinstance(statement, ast.If) else None
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _evaluated(statement: ast.stmt) -> Iterator[ast.AST]:
    """All that is evaluated with ``statement``, and what ``lambda`` may evaluate; not the bodies of functions."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.ClassDef):
            pending += node.body
        if isinstance(node, ast.Lambda):
            pending.append(node.body)
        pending += evaluated_here(node)


def _path(node: ast.expr) -> Path:
    """What stands at the beginning of ``a.b[0].c``, and the attributes after it."""
    chain: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            chain.append(node.attr)
        node = node.value
    return node, tuple(reversed(chain))


def _call(module: Module, called: ast.expr, arguments: list[ast.expr], effects: Effects) -> None:
    first, chain = _path(called)
    if not isinstance(first, ast.Name):
        return
    if not module.knows(first.id):
        reading = chain[-1] in READING if chain else first.id not in IMPURE_BUILTINS
        effects.certain |= not reading and (bool(chain) or first.id in BUILTINS)
        return
    outside = module.external(Reference(first.id, chain))
    if outside is not None:
        effects.certain |= not is_pure(outside)
        return
    effects.called.append(Reference(first.id, chain))
    if chain and chain[-1] not in READING:
        _change(module, first, effects)
    for argument in arguments:
        for inside in ast.walk(argument):
            if isinstance(inside, ast.Name) and module.knows(inside.id):
                _change(module, inside, effects)


def _change(module: Module, node: ast.expr, effects: Effects) -> None:
    first, chain = _path(node)
    if not isinstance(first, ast.Name):
        return
    if not module.knows(first.id):
        return
    if module.external(Reference(first.id, chain)) is not None:
        effects.certain |= not isinstance(node, ast.Name)
        return
    (effects.passed if isinstance(node, ast.Name) else effects.stored).append(Reference(first.id, chain))


def _is_item(node: ast.Attribute | ast.Subscript) -> bool:
    return isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name)


def _outside(module: Module, node: ast.expr) -> str | None:
    first, chain = _path(node)
    return module.external(Reference(first.id, chain)) if isinstance(first, ast.Name) else None


def is_pure(name: str) -> bool:
    """Whether calling ``name``, from outside the project, does nothing but return."""
    return begins(name, PURE) and not begins(name, IMPURE)


def is_lasting(module: Module, statement: ast.stmt) -> bool:
    """Whether what ``statement`` binds is never changed by whoever uses it: a function, a class, a plain value."""
    if isinstance(statement, ast.ClassDef):
        return True
    if isinstance(statement, FUNCTIONS):
        called = [
            decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in statement.decorator_list
        ]
        return all(
            _is_lasting_value(module, one) and begins(_outside(module, one), LASTING_DECORATORS) for one in called
        )
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        return _is_lasting_value(module, statement.value)
    return False


def _is_lasting_value(module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.Lambda):
        return True
    if isinstance(node, ast.Tuple | ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp):
        return all(
            _is_lasting_value(module, inside) for inside in ast.iter_child_nodes(node) if isinstance(inside, ast.expr)
        )
    first, chain = _path(node)
    if isinstance(first, ast.Call):
        return _makes_lasting(module, first)
    if isinstance(first, ast.Name):
        if not module.knows(first.id):
            return first.id in BUILTINS
        if module.external(Reference(first.id, chain)) is not None:
            return True
        return module.is_lasting(first.id)  # another module's name may stand for anything
    return False


def _makes_lasting(module: Module, call: ast.Call) -> bool:
    first, chain = _path(call.func)
    if isinstance(first, ast.Call):  # Path(...).parent.resolve()
        return _makes_lasting(module, first)
    if not isinstance(first, ast.Name):
        return isinstance(first, ast.Constant)  # "a b".split()
    if not module.knows(first.id):
        return not chain and first.id in IMMUTABLE_BUILTINS
    return begins(module.external(Reference(first.id, chain)), IMMUTABLE)


def is_noisy(module: Module, statement: ast.stmt) -> bool:
    """Whether running what ``statement`` defines might change something outside, as far as its own text shows."""
    local = {
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    } - {name for node in ast.walk(statement) if isinstance(node, ast.arguments) for name in parameters(node)}
    local.add("self")
    for node in ast.walk(statement):
        if isinstance(node, ast.Global):
            return True
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            first, _ = _path(node)
            # An item of an attribute may be one of the class's, for all that is made of it.
            if not isinstance(first, ast.Name) or first.id not in local or (first.id == "self" and _is_item(node)):
                return True
        if isinstance(node, ast.Call):
            first, chain = _path(node.func)
            if not isinstance(first, ast.Name):
                continue
            if first.id in ("self", "cls") and len(chain) > 1 and chain[-1] not in READING:
                return True
            if first.id in local:
                continue
            if not chain and first.id in NOISY_BUILTINS:
                return True
            name = module.external(Reference(first.id, chain))
            if name is not None and not is_pure(name):
                return True
    return False


def constructor(node: ast.ClassDef) -> list[ast.stmt] | None:
    """The functions of a class that run when it is called; None where they may call any of its functions."""
    found = [one for one in node.body if isinstance(one, FUNCTIONS) and one.name in CONSTRUCTORS]
    for function in found:
        own = {"super", *parameters(function.args)[:1]}
        inside = list(ast.walk(function))
        reached = {id(one.value) for one in inside if isinstance(one, ast.Attribute)}
        reached -= {id(_path(one.func)[0]) for one in inside if isinstance(one, ast.Call)}
        if any(isinstance(one, ast.Name) and one.id in own and id(one) not in reached for one in inside):
            return None
    return [*found]
