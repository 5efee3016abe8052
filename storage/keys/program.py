"""The project's code as definitions that refer to one another, and the digest of what some of them reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from storage.keys.effects import is_noisy, is_pure
from storage.keys.merkle import add_digests, digest
from storage.keys.module import Module
from storage.keys.scopes import Target
from storage.keys.sources import SUFFIXES, Sources
from storage.keys.syntax import ModuleName, OfModel, Part, Reference
from storage.keys.vocabulary import READING

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


@dataclass(frozen=True)
class Code:
    """What counts of the code that ``roots`` reach.

    ``digest``: of all of it, free of the names and places of modules; ``definitions``: by module and name a digest of
    each one's own text, for people: they do not enter a key.
    """

    digest: str
    roots: Sequence[str]
    definitions: dict[str, dict[str, str]]

    def as_json(self) -> dict[str, Any]:
        """As an artifact's record holds it."""
        return {"digest": self.digest, "roots": list(self.roots), "definitions": self.definitions}


class Program:
    """The modules of ``packages`` in ``sources``; each is read when something refers to it."""

    def __init__(self, sources: Sources, packages: tuple[str, ...]) -> None:
        self._sources, self._packages = sources, packages
        self._modules: dict[str, Module | None] = {}
        self._parts: dict[Key, list[bytes | Key]] = {}
        self._digests: dict[Key, bytes] = {}
        self._effective: dict[str, list[int]] = {}
        self._quiet: dict[Key, bool] = {}

    # Roots

    def code(self, roots: Sequence[str]) -> Code:
        """The code that ``roots`` reach.

        A root is a definition ``package.module:name`` (several names with commas between them), of which the classes
        that annotate its parameters count too, as what it is given; a whole module ``package.module``;
        ``package.*:name``, that name in each module of a package that has it, by the module's own name, and
        ``package.*``, all of each module; or ``package/*``, the resources there. Raises ``ValueError`` for a root that
        is not there.
        """
        entries = sorted({entry for root in roots for entry in self._entries(root)})
        keys = [key for _, key in entries if isinstance(key, Key)]
        reached = self._reached(keys)
        add_digests(iter(reached), self._made_of, self._digests)
        lines = {(label.encode(), key if isinstance(key, bytes) else self._digests[key]) for label, key in entries}
        lines |= {(b"importing", self._digests[key]) for key in reached if key.name == IMPORTING}
        sum_ = digest(*(part for line in sorted(lines) for part in line)).hex()
        return Code(sum_, list(roots), self._definitions(reached, entries))

    def _entries(self, root: str) -> Iterator[tuple[str, Key | bytes]]:
        if root.endswith("/*"):
            found = self._sources.below(root[:-2].replace(".", "/"), SUFFIXES)
            if not found:
                raise ValueError(f"there are no files for {root}")
            for path, content in found.items():
                yield path.rpartition("/")[2], digest(content)
            return
        place, _, names = root.partition(":")
        if place.endswith(".*"):
            modules = self._sources.modules(place[:-2].replace(".", "/"))
            if not modules:
                raise ValueError(f"there is no module {root}")
            for name in modules:
                module = f"{place[:-2]}.{name}"
                wanted = [one for one in names.split(",") if self._has(module, one)] if names else [""]
                yield from self._named(module, wanted, name)
                if self._effects(module):
                    yield "importing", Key(module, IMPORTING)
            return
        if self.module(place) is None:
            raise ValueError(f"there is no module {place}")
        absent = [name for name in names.split(",") if name and not self._has(place, name)]
        if absent:
            raise ValueError(f"{place} has no {', '.join(absent)}")
        yield from self._named(place, names.split(",") if names else [""], "")

    def _named(self, module: str, names: Iterable[str], label: str) -> Iterator[tuple[str, Key]]:
        for name in names:
            key, _ = self._within(module, (name,) if name else ())
            assert key is not None
            yield (f"{label}:{name}" if label else ""), key
            owner = self.module(key.module)
            if owner is not None and key.name in owner.names and not label:
                for reference in owner.given(key.name):
                    given, _ = self._resolved(owner, reference)
                    if given is not None:
                        yield "given", given

    def _reached(self, keys: Sequence[Key]) -> list[Key]:
        """Everything that ``keys`` are made of, and what importing the modules of it does."""
        reached = dict.fromkeys(keys)
        pending, imported = list(keys), set[str]()
        while pending:
            key = pending.pop()
            new = {part for part in self._made_of(key) if isinstance(part, Key)}
            for module in self._imported(self._loaded(key), imported):
                if self._effects(module):
                    new.add(Key(module, IMPORTING))
            for part in new - reached.keys():
                reached[part] = None
                pending.append(part)
        return sorted(reached)

    def _definitions(self, reached: Iterable[Key], entries: Iterable[tuple[str, Key | bytes]]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for key in reached:
            parts = (part if isinstance(part, bytes) else part.name.encode() for part in self._made_of(key))
            found.setdefault(key.module, {})[key.name or "*"] = digest(*parts).hex()[:8]
        for label, content in entries:
            if isinstance(content, bytes):
                found.setdefault(RESOURCES, {})[label] = content.hex()[:8]
        return found

    def modules(self, names: Iterable[str]) -> dict[str, str]:
        """A digest of each of the modules ``names`` and of all that they import, by its name."""
        pending, found = list(names), dict[str, str]()
        absent = [name for name in pending if self.module(name) is None]
        if absent:
            raise ValueError(f"there is no module {absent[0]}")
        while pending:
            for name in self._imported([pending.pop()], set(found)):
                key = Key(name)
                parts = (part if isinstance(part, bytes) else part.name.encode() for part in self._made_of(key))
                found[name] = digest(*parts).hex()[:16]
                pending += [module for module in self._loaded(key) if module not in found]
        return dict(sorted(found.items()))

    # Modules

    def module(self, name: str) -> Module | None:
        """The module called ``name``; None for a package without code, and for what is not there."""
        if name not in self._modules:
            self._modules[name] = self._sources.module(name, self._packages)
        return self._modules[name]

    def _exists(self, name: str) -> bool:
        return self.module(name) is not None or self._sources.is_folder(name.replace(".", "/"))

    def _has(self, module: str, name: str) -> bool:
        found = self.module(module)
        if found is None:
            return False
        return name in found.names or any(self._has(star, name) for star in found.stars if star != module)

    def _imported(self, modules: Iterable[str], known: set[str]) -> Iterator[str]:
        """All modules that importing ``modules`` loads, but those ``known``, to which they are added."""
        pending = list(modules)
        while pending:
            name = pending.pop()
            if name in known or name.partition(".")[0] not in self._packages or _is_own(name):
                continue
            known.add(name)
            if "." in name:
                pending.append(name.rpartition(".")[0])
            module = self.module(name)
            if module is not None:
                pending += self._targets(module.imports)
                yield name

    def _targets(self, targets: Iterable[Target]) -> Iterator[str]:
        for target in targets:
            yield target.module
            if target.attribute and target.module.partition(".")[0] in self._packages:
                inside = f"{target.module}.{target.attribute}"
                if self._sources.module_file(inside):
                    yield inside

    def _loaded(self, key: Key) -> Iterator[str]:
        """The modules that are loaded where ``key`` is used: its own, and those that its functions import."""
        yield key.module
        module = self.module(key.module)
        for number in self._statements(key) if module is not None else ():
            yield from self._targets(module.written(number).loaded) if module is not None else ()

    # Meaning

    def _resolved(self, module: Module, reference: Reference, depth: int = 0) -> Resolved:
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
            if self._has(star, name):
                return self._within(star, (name, *chain), depth + 1)
        return None, f"${name}{_attributes(chain)}"

    def _target(self, target: Target, chain: tuple[str, ...], depth: int) -> Resolved:
        if target.module.partition(".")[0] not in self._packages:
            return None, ".".join([*filter(None, target), *chain])
        return self._within(target.module, (*filter(None, (target.attribute,)), *chain), depth)

    def _within(self, name: str, chain: tuple[str, ...], depth: int = 0) -> Resolved:
        """What ``chain`` of attributes means that begins at the module ``name``."""
        if _is_own(name):
            return None, OWN.rpartition(".")[2]
        module = self.module(name)
        if chain:
            if module is not None and self._has(name, chain[0]):
                return self._resolved(module, Reference(chain[0], chain[1:]), depth)
            if self._exists(f"{name}.{chain[0]}"):
                return self._within(f"{name}.{chain[0]}", chain[1:], depth)
        if module is None:
            return None, f"folder{_attributes(chain)}" if self._exists(name) else f"{name}{_attributes(chain)}"
        return Key(name), _attributes(chain)

    def _statements(self, key: Key) -> list[int]:
        module = self.module(key.module)
        assert module is not None
        if key.name == IMPORTING:
            return self._effects(key.module)
        return module.deciding(key.name) if key.name else list(range(len(module.statements)))

    def _made_of(self, key: Key) -> list[bytes | Key]:
        """The text of ``key``, and what it refers to."""
        if key not in self._parts:
            self._parts[key] = self._merged(self._pieces(key))
        return self._parts[key]

    def _pieces(self, key: Key) -> Iterator[str | Key]:
        module = self.module(key.module)
        assert module is not None
        for number in self._statements(key):
            yield from self._filled(module, module.written(number).parts)
            yield "\n"
        targets = module.names[key.name].targets if key.name in module.names else []
        for target in targets:
            yield from self._pair(self._target(target, (), 0))
        if not key.name:
            for name in sorted(module.names):
                entry = module.names[name]
                if not entry.statements and name.isidentifier() and module.is_of_project(entry.targets[0].module):
                    yield f"\n{name}="
                    yield from self._pair(self._resolved(module, Reference(name)))
        stars = [star for star in module.stars if key.name and self._has(star, key.name)]
        for star in stars:
            yield from self._pair(self._within(star, (key.name,)))

    def _filled(self, module: Module, parts: Iterable[Part]) -> Iterator[str | Key]:
        for part in parts:
            if isinstance(part, str):
                yield part
            elif isinstance(part, Reference):
                yield from self._pair(self._resolved(module, part))
            elif isinstance(part, ModuleName):
                yield from self._of_text(part.text)
            elif any(self._is_model(module, base) for base in part.bases):
                yield from self._filled(module, part.parts)
            else:
                yield from self._filled(module, part.otherwise)

    def _pair(self, resolved: Resolved) -> Iterator[str | Key]:
        key, text = resolved
        if key is not None:
            yield key
        yield text

    def _of_text(self, text: str) -> Iterator[str | Key]:
        """What a text means that may name a module, ``package.*`` or ``package.module:name``."""
        place, colon, names = text.partition(":")
        module = place.removesuffix(".*")
        if not self._exists(module):
            yield repr(text)
        elif module != place or not names:
            yield from self._pair(self._within(module, ()))
            yield place[len(module) :] + colon + names
        for name in names.split(",") if module == place and names and self._exists(module) else ():
            yield from self._pair(self._within(module, (name,)))

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

    def _is_model(self, module: Module, base: Reference) -> bool:
        """Whether a class may read the annotations of those derived from it."""
        key, text = self._resolved(module, base)
        if key is None or text or not key.name:
            return True
        owner = self.module(key.module)
        assert owner is not None
        return owner.reads_annotations(key.name) or any(
            self._is_model(owner, above) for above in owner.bases(key.name)
        )

    # What importing does

    def _effects(self, name: str) -> list[int]:
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
        key, rest = self._resolved(module, reference)
        if key is None or key.module == module.name or (not key.name and not rest and not lasting):
            return False
        owner = self.module(key.module)
        return lasting or owner is None or not (key.name and owner.is_lasting(key.name))

    def _is_quiet_call(self, module: Module, reference: Reference) -> bool:
        key, rest = self._resolved(module, reference)
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
        pieces = self._filled(owner, (part for one in written for part in one.parts))
        needed = [piece for piece in pieces if isinstance(piece, Key)]
        for base in owner.bases(key.name):
            above, _ = self._resolved(owner, base)
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
            new = {part for part in self._made_of(key) if isinstance(part, Key)} - seen
            seen |= new
            pending += new
        return True

    def _is_quiet_itself(self, key: Key) -> bool:
        module = self.module(key.module)
        assert module is not None
        noisy = any(is_noisy(module, module.statements[number]) for number in self._statements(key))
        return not noisy and (not key.name or module.is_lasting(key.name))

    def _hooks(self, module: Module, base: Reference) -> bool:
        """Whether deriving from ``base`` calls code of the project."""
        key, text = self._resolved(module, base)
        if key is None:
            return False
        owner = self.module(key.module)
        if text or not key.name or owner is None:
            return True
        return owner.hooks_subclasses(key.name) or any(self._hooks(owner, above) for above in owner.bases(key.name))


def _attributes(chain: Iterable[str]) -> str:
    return "".join(f".{name}" for name in chain)


def _is_own(module: str) -> bool:
    return module == OWN or module.startswith(f"{OWN}.")
