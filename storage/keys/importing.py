"""What importing modules does beside binding their names, and which modules that concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from storage.keys.effects import is_noisy, is_pure
from storage.keys.meaning import OWN, Key, Meaning, is_own
from storage.keys.module import Module
from storage.keys.parts import Reference
from storage.keys.scopes import Target
from storage.keys.sources import Sources
from storage.keys.vocabulary import READING


class Importing(Meaning):
    """What names mean, and what is done where they are imported."""

    def __init__(self, sources: Sources, packages: tuple[str, ...]) -> None:
        super().__init__(sources, packages)
        self._effective: dict[str, list[int]] = {}
        self._quiet: dict[Key, bool] = {}

    def imported(self, modules: Iterable[str], known: set[str]) -> Iterator[str]:
        """All modules that importing ``modules`` loads, but those ``known``, to which they are added."""
        pending = list(modules)
        while pending:
            name = pending.pop()
            if name in known or name.partition(".")[0] not in self.packages or is_own(name):
                continue
            known.add(name)
            if "." in name:
                pending.append(name.rpartition(".")[0])
            module = self.module(name)
            if module is not None:
                pending += self.targets(module.imports)
                yield name

    def targets(self, targets: Iterable[Target]) -> Iterator[str]:
        """The modules that imports of ``targets`` load."""
        for target in targets:
            yield target.module
            if target.attribute and target.module.partition(".")[0] in self.packages:
                inside = f"{target.module}.{target.attribute}"
                if self.sources.module_file(inside):
                    yield inside

    def loaded(self, key: Key) -> Iterator[str]:
        """The modules that are loaded where ``key`` is used: its own, and those that its functions import."""
        yield key.module
        module = self.module(key.module)
        for number in self.statements(key) if module is not None else ():
            yield from self.targets(module.written(number).loaded) if module is not None else ()

    def effects(self, name: str) -> list[int]:
        """The statements of a module that do more than bind names while it is imported."""
        if name not in self._effective:
            module = self.module(name)
            assert module is not None
            self._effective[name] = [
                number for number in range(len(module.statements)) if self._does_more(module, number)
            ]
        return self._effective[name]

    def _does_more(self, module: Module, number: int) -> bool:
        effects = module.effects[number]
        return (
            effects.certain
            or any(self._is_elsewhere(module, reference) for reference in effects.stored)
            or any(self._is_elsewhere(module, reference, lasting=False) for reference in effects.passed)
            or any(not self._is_quiet_call(module, reference) for reference in effects.called)
            or any(self._hooks(module, reference) for reference in effects.subclassed)
        )

    def _is_elsewhere(self, module: Module, reference: Reference, lasting: bool = True) -> bool:
        """Whether ``reference`` means an object of another module; not a ``lasting`` one, unless these count too."""
        key, rest = self.resolved(module, reference)
        if key is None or key.module == module.name or (not key.name and not rest and not lasting):
            return False
        owner = self.module(key.module)
        return lasting or owner is None or not (key.name and owner.is_lasting(key.name))

    def _is_quiet_call(self, module: Module, reference: Reference) -> bool:
        key, rest = self.resolved(module, reference)
        if key is None:
            return is_pure(rest) or rest == OWN.rpartition(".")[2]
        if rest:
            return rest.rpartition(".")[2] in READING or self._is_quiet([key])
        return self._is_quiet([key] if (made_by := self._constructing(key)) is None else made_by)

    def _constructing(self, key: Key) -> list[Key] | None:
        """What making an object of a class runs, where that is not any of its functions; None for anything else."""
        owner = self.module(key.module)
        if owner is None or not key.name or owner.reads_annotations(key.name):
            return None
        written = owner.constructor(key.name)
        if written is None:
            return None
        pieces = self.filled(owner, (part for one in written for part in one.parts))
        needed = [piece for piece in pieces if isinstance(piece, Key)]
        for base in owner.bases(key.name):
            above, _ = self.resolved(owner, base)
            constructing = self._constructing(above) if above is not None else None
            if constructing is None:
                return None
            needed += constructing
        return needed

    def _is_quiet(self, starts: list[Key]) -> bool:
        """Whether running ``starts`` leaves everything as it is, as far as can be seen in all that they reach."""
        seen, pending = set(starts), list(starts)
        while pending:
            key = pending.pop()
            if key not in self._quiet:
                self._quiet[key] = self._is_quiet_itself(key)
            if not self._quiet[key]:
                return False
            new = {part for part in self.made_of(key) if isinstance(part, Key)} - seen
            seen |= new
            pending += new
        return True

    def _is_quiet_itself(self, key: Key) -> bool:
        module = self.module(key.module)
        assert module is not None
        noisy = any(is_noisy(module, module.statements[number]) for number in self.statements(key))
        return not noisy and (not key.name or module.is_lasting(key.name))

    def _hooks(self, module: Module, base: Reference) -> bool:
        """Whether deriving from ``base`` calls code of the project."""
        key, text = self.resolved(module, base)
        if key is None:
            return False
        owner = self.module(key.module)
        if text or not key.name or owner is None:
            return True
        return owner.hooks_subclasses(key.name) or any(self._hooks(owner, above) for above in owner.bases(key.name))
