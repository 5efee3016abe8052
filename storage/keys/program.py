"""The digest of the code that some definitions reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from storage.keys.importing import Importing
from storage.keys.meaning import IMPORTING, RESOURCES, Key
from storage.keys.merkle import add_digests, digest
from storage.keys.sources import SUFFIXES, Sources


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


class Program(Importing):
    """The code in ``sources`` of a project's ``packages``."""

    def __init__(self, sources: Sources, packages: tuple[str, ...]) -> None:
        super().__init__(sources, packages)
        self._digests: dict[Key, bytes] = {}

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
        add_digests(iter(reached), self.made_of, self._digests)
        lines = {(label.encode(), key if isinstance(key, bytes) else self._digests[key]) for label, key in entries}
        lines |= {(b"importing", self._digests[key]) for key in reached if key.name == IMPORTING}
        sum_ = digest(*(part for line in sorted(lines) for part in line)).hex()
        return Code(sum_, list(roots), self._definitions(reached, entries))

    def _entries(self, root: str) -> Iterator[tuple[str, Key | bytes]]:
        if root.endswith("/*"):
            found = self.sources.below(root[:-2].replace(".", "/"), SUFFIXES)
            if not found:
                raise ValueError(f"there are no files for {root}")
            for path, content in found.items():
                yield path.rpartition("/")[2], digest(content)
            return
        place, _, names = root.partition(":")
        if place.endswith(".*"):
            modules = self.sources.modules(place[:-2].replace(".", "/"))
            if not modules:
                raise ValueError(f"there is no module {root}")
            for name in modules:
                module = f"{place[:-2]}.{name}"
                wanted = [one for one in names.split(",") if self.has(module, one)] if names else [""]
                yield from self._named(module, wanted, name)
                if self.effects(module):
                    yield "importing", Key(module, IMPORTING)
            return
        if self.module(place) is None:
            raise ValueError(f"there is no module {place}")
        absent = [name for name in names.split(",") if name and not self.has(place, name)]
        if absent:
            raise ValueError(f"{place} has no {', '.join(absent)}")
        yield from self._named(place, names.split(",") if names else [""], "")

    def _named(self, module: str, names: Iterable[str], label: str) -> Iterator[tuple[str, Key]]:
        for name in names:
            key, _ = self.within(module, (name,) if name else ())
            assert key is not None
            yield (f"{label}:{name}" if label else ""), key
            owner = self.module(key.module)
            if owner is not None and key.name in owner.names and not label:
                for reference in owner.given(key.name):
                    given, _ = self.resolved(owner, reference)
                    if given is not None:
                        yield "given", given

    def _reached(self, keys: Sequence[Key]) -> list[Key]:
        """Everything that ``keys`` are made of, and what importing the modules of it does."""
        reached = dict.fromkeys(keys)
        pending, imported = list(keys), set[str]()
        while pending:
            key = pending.pop()
            new = {part for part in self.made_of(key) if isinstance(part, Key)}
            for module in self.imported(self.loaded(key), imported):
                if self.effects(module):
                    new.add(Key(module, IMPORTING))
            for part in new - reached.keys():
                reached[part] = None
                pending.append(part)
        return sorted(reached)

    def _definitions(
        self, reached: Iterable[Key], entries: Iterable[tuple[str, Key | bytes]]
    ) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for key in reached:
            parts = (part if isinstance(part, bytes) else part.name.encode() for part in self.made_of(key))
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
            for name in self.imported([pending.pop()], set(found)):
                key = Key(name)
                parts = (part if isinstance(part, bytes) else part.name.encode() for part in self.made_of(key))
                found[name] = digest(*parts).hex()[:16]
                pending += [module for module in self.loaded(key) if module not in found]
        return dict(sorted(found.items()))
