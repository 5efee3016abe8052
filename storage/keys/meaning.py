"""What names of the project mean: definitions, made of text and of one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from storage.keys.module import Module
from storage.keys.parts import ModuleName, Part, Reference
from storage.keys.scopes import Target
from storage.keys.sources import Sources

OWN = __name__.rpartition(".")[0]
"""What makes keys computes no result."""


class Key(NamedTuple):
    """A definition of a module; the whole module where ``name`` is empty, what importing it does where it is a dot."""

    module: str
    name: str = ""


IMPORTING = "."
RESOURCES = "/"
"""The name under which files that are no modules stand among definitions."""

Resolved: TypeAlias = "tuple[Key | None, str]"
"""What a reference means, and the text that is left of it: attributes, or the name of something from outside."""


class Meaning:
    """The modules of ``packages`` in ``sources``, each read when something refers to it."""

    def __init__(self, sources: Sources, packages: tuple[str, ...]) -> None:
        self.sources, self.packages = sources, packages
        self._modules: dict[str, Module | None] = {}
        self._parts: dict[Key, list[bytes | Key]] = {}

    def module(self, name: str) -> Module | None:
        """The module called ``name``; None for a package without code, and for what is not there."""
        if name not in self._modules:
            self._modules[name] = self.sources.module(name, self.packages)
        return self._modules[name]

    def exists(self, name: str) -> bool:
        """Whether there is such a module or package."""
        return self.module(name) is not None or self.sources.is_folder(name.replace(".", "/"))

    def has(self, module: str, name: str) -> bool:
        """Whether ``module`` may bind ``name``, by a star too."""
        found = self.module(module)
        if found is None:
            return False
        return name in found.names or any(self.has(star, name) for star in found.stars if star != module)

    def effects(self, name: str) -> list[int]:
        """The statements of a module that do more than bind names while it is imported."""
        raise NotImplementedError

    def resolved(self, module: Module, reference: Reference, depth: int = 0) -> Resolved:
        """What ``reference`` in ``module`` means."""
        if not reference.name:
            return Key(module.name), ""
        name, chain = reference
        entry = module.names.get(name)
        if entry is not None and not entry.statements and len(entry.targets) == 1 and depth < 100:
            return self._target(entry.targets[0], chain, depth + 1)
        if entry is not None:
            return Key(module.name, name), _attributes(chain)
        for star in reversed(module.stars):
            if self.has(star, name):
                return self.within(star, (name, *chain), depth + 1)
        return None, f"${name}{_attributes(chain)}"

    def _target(self, target: Target, chain: tuple[str, ...], depth: int) -> Resolved:
        if target.module.partition(".")[0] not in self.packages:
            return None, ".".join([*filter(None, target), *chain])
        return self.within(target.module, (*filter(None, (target.attribute,)), *chain), depth)

    def within(self, name: str, chain: tuple[str, ...], depth: int = 0) -> Resolved:
        """What ``chain`` of attributes means that begins at the module ``name``."""
        if is_own(name):
            return None, OWN.rpartition(".")[2]
        module = self.module(name)
        if chain:
            if module is not None and self.has(name, chain[0]):
                return self.resolved(module, Reference(chain[0], chain[1:]), depth)
            if self.exists(f"{name}.{chain[0]}"):
                return self.within(f"{name}.{chain[0]}", chain[1:], depth)
        if module is None:
            return None, f"folder{_attributes(chain)}" if self.exists(name) else f"{name}{_attributes(chain)}"
        return Key(name), _attributes(chain)

    def statements(self, key: Key) -> list[int]:
        """The statements of its module that ``key`` consists of, by number."""
        module = self.module(key.module)
        assert module is not None
        if key.name == IMPORTING:
            return self.effects(key.module)
        return module.deciding(key.name) if key.name else list(range(len(module.statements)))

    def made_of(self, key: Key) -> list[bytes | Key]:
        """The text of ``key``, and what it refers to."""
        if key not in self._parts:
            self._parts[key] = self._merged(self._pieces(key))
        return self._parts[key]

    def _pieces(self, key: Key) -> Iterator[str | Key]:
        module = self.module(key.module)
        assert module is not None
        for number in self.statements(key):
            yield from self.filled(module, module.written(number).parts)
            yield "\n"
        targets = module.names[key.name].targets if key.name in module.names else []
        for target in targets:
            yield from self._pair(self._target(target, (), 0))
        if not key.name:
            for name in sorted(module.names):
                entry = module.names[name]
                if not entry.statements and name.isidentifier() and module.is_of_project(entry.targets[0].module):
                    yield f"\n{name}="
                    yield from self._pair(self.resolved(module, Reference(name)))
        stars = [star for star in module.stars if key.name and self.has(star, key.name)]
        for star in stars:
            yield from self._pair(self.within(star, (key.name,)))

    def filled(self, module: Module, parts: Iterable[Part]) -> Iterator[str | Key]:
        """``parts`` of ``module`` with what they refer to."""
        for part in parts:
            if isinstance(part, str):
                yield part
            elif isinstance(part, Reference):
                yield from self._pair(self.resolved(module, part))
            elif isinstance(part, ModuleName):
                yield from self._of_text(part.text)
            elif any(self.is_model(module, base) for base in part.bases):
                yield from self.filled(module, part.parts)
            else:
                yield from self.filled(module, part.otherwise)

    def _pair(self, resolved: Resolved) -> Iterator[str | Key]:
        key, text = resolved
        if key is not None:
            yield key
        yield text

    def _of_text(self, text: str) -> Iterator[str | Key]:
        """What a text means that may name a module, ``package.*`` or ``package.module:name``."""
        place, colon, names = text.partition(":")
        module = place.removesuffix(".*")
        if not self.exists(module):
            yield repr(text)
        elif module != place or not names:
            yield from self._pair(self.within(module, ()))
            yield place[len(module) :] + colon + names
        for name in names.split(",") if module == place and names and self.exists(module) else ():
            yield from self._pair(self.within(module, (name,)))

    @staticmethod
    def _merged(pieces: Iterator[str | Key]) -> list[bytes | Key]:
        merged: list[bytes | Key] = []
        text: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                text.append(piece)
                continue
            merged += ["".join(text).encode(errors="surrogatepass"), piece]
            text = []
        return [*merged, "".join(text).encode(errors="surrogatepass")]

    def is_model(self, module: Module, base: Reference) -> bool:
        """Whether a class may read the annotations of those derived from it."""
        key, text = self.resolved(module, base)
        if key is None or text or not key.name:
            return True
        owner = self.module(key.module)
        assert owner is not None
        return owner.reads_annotations(key.name) or any(self.is_model(owner, above) for above in owner.bases(key.name))


def _attributes(chain: Iterable[str]) -> str:
    return "".join(f".{name}" for name in chain)


def is_own(module: str) -> bool:
    """Whether ``module`` is one of those that make keys."""
    return module == OWN or module.startswith(f"{OWN}.")
