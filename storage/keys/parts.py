"""What a module's syntax is written as: text, and references to what names mean."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import NamedTuple, Protocol, TypeAlias

from storage.keys.scopes import Target


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


def dotted(node: ast.expr) -> tuple[ast.expr, tuple[str, ...]]:
    """What stands at the beginning of ``a.b.c``, and the attributes after it."""
    chain: list[str] = []
    while isinstance(node, ast.Attribute):
        chain.append(node.attr)
        node = node.value
    return node, tuple(reversed(chain))


def unquoted(annotation: ast.expr) -> ast.expr:
    """The annotation; one in quotes as if it had none."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        with suppress(SyntaxError):
            return ast.parse(annotation.value, mode="eval").body
    return annotation
