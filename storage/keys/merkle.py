"""Digests of modules, made of their own syntax and of the digests of what they import, import circles included."""

from __future__ import annotations

import hashlib
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from storage.keys.normal import NormalForm, Reference, normal_form

KEYS = __name__.rpartition(".")[0]
"""The code that makes keys; it computes no result."""

TASK = "task"
"""The name of a stage's Prefect module, which computes nothing."""

RESOURCES = "/"
"""The prefix of the names of files that are not modules."""

SUFFIXES = (".css", ".html", ".js")


@dataclass(frozen=True)
class Code:
    """What counts of the code that ``roots`` reach.

    ``digest``: of all of it, free of the names and places of modules; ``modules``: a digest of each one's own syntax,
    by its name, for people: they do not enter a key.
    """

    digest: str
    roots: Sequence[str]
    modules: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """As an artifact's record holds it."""
        return {**asdict(self), "roots": list(self.roots)}


class ProjectCode:
    """The code of a project's ``packages`` in the folder ``root``, each file read when it is first needed."""

    def __init__(self, root: Path, packages: tuple[str, ...]) -> None:
        self._root, self._packages = root, packages
        self._modules: dict[str, NormalForm | None] = {}
        self._texts: dict[str, list[tuple[str, str]]] = {}
        self._digests: dict[str, bytes] = {}

    def of(self, roots: Sequence[str]) -> Code:
        """The code that ``roots`` reach.

        A root is a module; ``package.*``, each module directly in a package, with its name there, but for its face to
        Prefect; or ``package/*``, the templates, styles and scripts in a package's folder. Raises ``ValueError`` for a
        root that is not there.
        """
        modules: list[tuple[str, str]] = []
        files: dict[str, bytes] = {}
        for root in roots:
            if root.endswith("/*"):
                files |= self._resources(root)
            elif root.endswith(".*"):
                modules += self._registered(root)
            else:
                modules.append(("", root))
        reached = self._reached([name for _, name in modules])
        self._add_digests(reached)
        lines = {(label.encode(), self._digests[name]) for label, name in modules}
        lines |= {(name.encode(), content) for name, content in files.items()}
        own = {name: self._digest_alone(name) for name in sorted(reached) if not self._is_empty(name)}
        own |= {name: content.hex()[:16] for name, content in files.items()}
        return Code(_digest(*(part for line in sorted(lines) for part in line)).hex(), list(roots), own)

    def modules(self, names: Iterable[str]) -> dict[str, str]:
        """A digest of each of the modules ``names``, and of all that they reach, by its name."""
        return {name: self._digest_alone(name, with_places=True) for name in sorted(self._reached(list(names)))}

    def _resources(self, root: str) -> dict[str, bytes]:
        folder = self._folder(root[:-2])
        paths = [path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
        sources = {path: source for path in paths if (source := self._source(path)) is not None}
        if not sources:
            raise ValueError(f"there are no files for {root}")
        return {RESOURCES + path.relative_to(folder).as_posix(): _digest(source) for path, source in sources.items()}

    def _registered(self, root: str) -> list[tuple[str, str]]:
        package = root[:-2]
        stems = sorted({path.stem for path in self._folder(package).glob("*") if not path.stem.startswith("__")})
        found = [(stem, f"{package}.{stem}") for stem in stems if stem != TASK and self._is_module(f"{package}.{stem}")]
        if not found:
            raise ValueError(f"there is no module {root}")
        return [*found, *([("", package)] if self._is_module(package) else [])]

    def _folder(self, package: str) -> Path:
        return self._root.joinpath(*package.split("."))

    def _read(self, name: str) -> NormalForm | None:
        """What counts of the module ``name``, None if there is no such module."""
        if name not in self._modules:
            self._modules[name] = None
            folder = self._folder(name)
            inside = (folder.with_suffix(".py"), name.rpartition(".")[0]), (folder / "__init__.py", name)
            if name.partition(".")[0] in self._packages and name != KEYS and not name.startswith(f"{KEYS}."):
                for path, package in inside:
                    source = self._source(path)
                    if source is not None:
                        self._modules[name] = normal_form(source, package, self._packages)
                        break
        return self._modules[name]

    def _source(self, path: Path) -> bytes | None:
        """The content of the file ``path``, None if there is none."""
        return path.read_bytes() if path.is_file() else None

    def _is_module(self, name: str) -> bool:
        return self._read(name) is not None

    def _normal(self, name: str) -> NormalForm:
        found = self._read(name)
        if found is None:
            raise ValueError(f"there is no module {name}")
        return found

    def _is_empty(self, name: str) -> bool:
        """Whether a module holds nothing that counts, as most packages' own do."""
        found = self._normal(name)
        return found.parts == ("[]",) and not found.loads

    def _resolve(self, path: str) -> tuple[str, str]:
        """The module in which ``path`` ends, found through those that only pass it on, and what is left of it."""
        for _ in range(20):
            module, rest = path, ""
            while module and not self._is_module(module):
                module, _, name = module.rpartition(".")
                rest = f".{name}{rest}"
            first, _, others = rest[1:].partition(".")
            passed = self._normal(module).exports.get(first) if module else None
            if passed is None:
                break
            path = f"{passed}.{others}" if others else passed
        return module, rest

    def _parts(self, name: str) -> list[tuple[str, str]]:
        """The syntax of the module ``name``: texts, each after the module to which it belongs, if any."""
        if name not in self._texts:
            parts = [
                ("", part) if isinstance(part, str) else self._reference(part) for part in self._normal(name).parts
            ]
            self._texts[name] = parts
        return self._texts[name]

    def _reference(self, reference: Reference) -> tuple[str, str]:
        if not reference.text:
            return self._resolve(reference.path)
        return (reference.path, "") if self._is_module(reference.path) else ("", ascii(reference.path))

    def _loaded(self, name: str) -> set[str]:
        """The modules that importing the module ``name`` loads: the packages around it and what it imports."""
        paths = {name, *self._normal(name).loads}
        places = {".".join(path.split(".")[:end]) for path in paths for end in range(1, path.count(".") + 2)}
        return {place for place in places if place != name and self._is_module(place) and not self._is_empty(place)}

    def _needed(self, name: str) -> set[str]:
        return self._loaded(name) | {module for module, _ in self._parts(name) if module}

    def _reached(self, names: list[str]) -> dict[str, set[str]]:
        """The modules that ``names`` need, directly or not, each with those that it needs itself."""
        needed: dict[str, set[str]] = {}
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in needed:
                needed[name] = self._needed(name)
                pending += needed[name]
        return needed

    def _add_digests(self, needed: Mapping[str, set[str]]) -> None:
        for circle in _circles({name: others for name, others in needed.items() if name not in self._digests}):
            if len(circle) == 1 and circle[0] not in needed[circle[0]]:
                self._digests[circle[0]] = self._digest_within(circle[0], self._digests)
                continue
            # Looked at one step deeper each time: members of two circles of n that agree 2n steps deep agree for ever.
            seen = dict.fromkeys(circle, b"circle")
            for _ in range(2 * len(circle)):
                known = ChainMap(seen, self._digests)
                seen = {name: self._digest_within(name, known) for name in circle}
            self._digests.update(seen)

    def _digest_within(self, name: str, known: Mapping[str, bytes]) -> bytes:
        parts = [known[module] + text.encode() if module else text.encode() for module, text in self._parts(name)]
        return _digest(*parts, b"imports", *sorted({known[module] for module in self._loaded(name)}))

    def _digest_alone(self, name: str, with_places: bool = False) -> str:
        parts = [(module if with_places else "", text) for module, text in self._parts(name)]
        return _digest(*(part.encode() for pair in parts for part in pair)).hex()[:16]


def _digest(*parts: bytes) -> bytes:
    """A digest of ``parts``, each of them apart."""
    return hashlib.blake2b(b"".join(b"%d:%b" % (len(part), part) for part in parts), digest_size=16).digest()


def _circles(needed: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Groups of names that need one another, each after those that it needs (Tarjan 1972)."""
    lowest: dict[str, int] = {}
    open_: list[str] = []
    done: set[str] = set()

    def visit(name: str) -> Iterator[list[str]]:
        first = lowest[name] = len(lowest)
        place = len(open_)
        open_.append(name)
        for other in sorted(needed[name] & needed.keys()):
            if other not in lowest:
                yield from visit(other)
            if other not in done:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == first:
            circle = open_[place:]
            del open_[place:]
            done.update(circle)
            yield circle

    for name in needed:
        if name not in lowest:
            yield from visit(name)
