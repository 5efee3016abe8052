"""One module as the parts of its definitions: what each name is bound to, and what importing it does besides."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from storage.keys.effects import Effects, constructor, import_effects, is_lasting, is_noisy
from storage.keys.parts import Part, Reference, dotted, unquoted
from storage.keys.scopes import FUNCTIONS, Target, bound_in, imported_modules, is_for_type_checkers
from storage.keys.syntax import Writer, parse
from storage.keys.texts import counted
from storage.keys.vocabulary import LOGGER_MAKER


@dataclass
class Name:
    """What may decide the value of one name: statements of the module, by number, and what imports bind it to."""

    statements: list[int] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)


@dataclass(frozen=True)
class Written:
    """A statement's parts, and what the imports inside its functions load."""

    parts: tuple[Part, ...]
    loaded: tuple[Target, ...]


class Module:
    """A module's syntax; where it lies counts for nothing but the meaning of its relative imports."""

    def __init__(self, name: str, package: str, text: str, file: str, packages: tuple[str, ...]) -> None:
        self.name, self.package, self.packages = name, package, packages
        self.names: dict[str, Name] = {}
        self.for_types: dict[str, list[Target]] = {}
        self.stars: list[str] = []
        self.imports: list[Target] = []
        """What importing this module loads."""
        self.statements: list[ast.stmt] = []
        self._changes: dict[str, list[int]] = {}
        self._written: dict[int, Written] = {}
        self._asked: set[str] = set()
        tree = parse(text, file)
        for branch in tree.body:
            if isinstance(branch, ast.If) and is_for_type_checkers(branch):
                self.for_types |= bound_in(branch.body, package).imported
        for statement in counted(tree.body):
            self._add(statement)
        self._add_changes()

    def _add(self, statement: ast.stmt) -> None:
        bound = bound_in([statement], self.package)
        for name, targets in bound.imported.items():
            entry = self.names.setdefault(name, Name())
            entry.targets += [target for target in targets if target not in entry.targets]
        self.stars += bound.stars
        self.imports += _loaded(statement, self.package)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return
        for name in {*bound.names, *bound.imported}:
            self.names.setdefault(name, Name()).statements.append(len(self.statements))
        self.statements.append(statement)

    def _add_changes(self) -> None:
        """A statement that may change the object behind a name decides its value like the one that binds it."""
        for number, effects in enumerate(self.effects):
            passed = [reference.name for reference in effects.passed if not self.is_lasting(reference.name)]
            for name in [*passed, *(reference.name for reference in effects.stored)]:
                entry = self.names.get(name)
                if entry is not None and entry.statements and number not in entry.statements:
                    self._changes.setdefault(name, []).append(number)

    @cached_property
    def effects(self) -> list[Effects]:
        """Of each statement what it does, while the module is imported, beside binding names."""
        return [import_effects(self, statement) for statement in self.statements]

    def written(self, number: int) -> Written:
        """A statement's parts."""
        if number not in self._written:
            writer = Writer(self)
            writer.node(self.statements[number], None)
            self._written[number] = Written(_joined(writer.parts), tuple(writer.loaded))
        return self._written[number]

    def given(self, name: str) -> list[Reference]:
        """What the annotations of a function's parameters refer to: the kinds of objects that it is given."""
        found: list[Reference] = []
        for number in self.names[name].statements:
            statement = self.statements[number]
            if isinstance(statement, FUNCTIONS):
                for node in ast.walk(statement.args):
                    if isinstance(node, ast.arg) and node.annotation is not None:
                        found += self._named(unquoted(node.annotation))
        return found

    def _named(self, annotation: ast.expr) -> Iterator[Reference]:
        for node in ast.walk(annotation):
            first, chain = dotted(node) if isinstance(node, ast.Name | ast.Attribute) else (None, ())
            if isinstance(first, ast.Name):
                for_types = self.for_types.get(first.id)
                if self.knows(first.id):
                    yield Reference(first.id, chain)
                elif for_types:
                    yield Reference(self.take(first.id, for_types), chain)

    def bases(self, name: str) -> list[Reference]:
        """The bases of a class, as far as they are names."""
        bases = [base for node in self._classes(name) for base in node.bases]
        found = [dotted(base.value if isinstance(base, ast.Subscript) else base) for base in bases]
        named = [Reference(first.id, chain) for first, chain in found if isinstance(first, ast.Name)]
        return [reference for reference in named if self.knows(reference.name) and self.external(reference) is None]

    def reads_annotations(self, name: str) -> bool:
        """Whether what ``name`` stands for may, as a class, read its fields' annotations, its other bases aside."""
        classes = self._classes(name)
        return not classes or any(Writer(self).reads_annotations(node, None) for node in classes)

    def hooks_subclasses(self, name: str) -> bool:
        """Whether what ``name`` stands for may, as a class, have a say in what is derived from it."""
        classes = self._classes(name)
        hooks = ("__init_subclass__", "__set_name__", "__class_getitem__")
        return not classes or any(
            node.keywords or any(isinstance(one, FUNCTIONS) and one.name in hooks for one in node.body)
            for node in classes
        )

    def constructor(self, name: str) -> list[Written] | None:
        """What runs when the class ``name`` is called, its bases aside; None if that may be anything of it."""
        found: list[Written] = []
        for node in self._classes(name):
            functions = constructor(node)
            if functions is None or any(is_noisy(self, function) for function in functions):
                return None
            for function in functions:
                writer = Writer(self)
                writer.node(function, None)
                found.append(Written(tuple(writer.parts), ()))
        return found if found or self._classes(name) else None

    def _classes(self, name: str) -> list[ast.ClassDef]:
        found = [self.statements[number] for number in self.deciding(name)]
        classes = [statement for statement in found if isinstance(statement, ast.ClassDef)]
        return classes if len(classes) == len(found) else []

    # What its syntax needs to know

    def knows(self, name: str) -> bool:
        """Whether the module may bind ``name``."""
        return name in self.names or bool(self.stars)

    def external(self, reference: Reference) -> str | None:
        """The dotted name of something from outside the project; None for anything else."""
        entry = self.names.get(reference.name)
        if entry is None or entry.statements or len(entry.targets) != 1:
            return None
        target = entry.targets[0]
        if self.is_of_project(target.module):
            return None
        return ".".join([*filter(None, target), *reference.chain])

    def is_of_project(self, module: str) -> bool:
        """Whether ``module`` may lie in the project."""
        return module.partition(".")[0] in self.packages

    def is_logger(self, name: str) -> bool:
        """Whether ``name`` is a logger made in the module."""
        entry = self.names.get(name)
        if entry is None or len(entry.statements) != 1 or entry.targets:
            return False
        statement = self.statements[entry.statements[0]]
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if not isinstance(value, ast.Call):
            return False
        first, chain = dotted(value.func)
        return isinstance(first, ast.Name) and self.external(Reference(first.id, chain)) == LOGGER_MAKER

    def is_lasting(self, name: str) -> bool:
        """Whether the object behind a name that the module binds is one that nobody changes."""
        entry = self.names.get(name)
        if entry is None or not entry.statements or entry.targets or name in self._asked:
            return False
        self._asked.add(name)
        try:
            return all(is_lasting(self, self.statements[number]) for number in entry.statements)
        finally:
            self._asked.discard(name)

    def deciding(self, name: str) -> list[int]:
        """The statements, in order, that decide what ``name`` stands for."""
        return sorted({*self.names[name].statements, *self._changes.get(name, [])})

    def take(self, name: str, targets: list[Target]) -> str:
        """Note what an import inside a function binds ``name`` to, under a key that is returned."""
        key = f"{name} {targets}"
        self.names[key] = Name(targets=targets)
        return key


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """``parts`` with texts side by side made one."""
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _loaded(statement: ast.stmt, package: str) -> Iterator[Target]:
    """What the statement loads at once: functions run later."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported_modules(node, package)
        elif not isinstance(node, (*FUNCTIONS, ast.Lambda, ast.expr)):
            pending += ast.iter_child_nodes(node)
