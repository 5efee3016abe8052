"""The project's code as it is now, and what is kept on this machine of what was found out about it before."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from storage.cache import cache_folder
from storage.files import read_json, write_json
from storage.keys.program import Code, Program
from storage.keys.sources import Sources

PROJECT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("flows", "tasks", "storage")

STATES = 8
"""Of how many states of the code, the latest used, digests are kept on this machine."""

_lock = threading.RLock()
_latest: dict[tuple[Path, tuple[str, ...]], ProjectCode] = {}


class ProjectCode:
    """The code in ``sources`` of a project's ``packages``, and the digests that are known of it."""

    def __init__(self, sources: Sources, packages: tuple[str, ...]) -> None:
        self.state = sources.state(packages)
        self._program = Program(sources, packages)
        self._found: dict[str, Code] | None = None
        self._new = False

    @property
    def _path(self) -> Path:
        # A digest of all files: no edit, and no change of how digests are made, goes unnoticed.
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return cache_folder() / "code" / f"{self.state}-{version}.json"

    def of(self, roots: Sequence[str]) -> Code:
        """What counts of the code that ``roots`` reach; see ``Program.code``."""
        with _lock:
            if self._found is None:
                self._found = {}
                with suppress(OSError, RuntimeError, ValueError, KeyError, TypeError):
                    self._found = {roots: Code(**code) for roots, code in read_json(self._path).items()}
                    self._path.touch()
            name = " ".join(roots)
            if name not in self._found:
                with _uncollected():
                    self._found[name] = self._program.code(roots)
                self._new = True
            return self._found[name]

    def keep(self) -> None:
        """Keep what was found for other processes, if there is a place for it."""
        with _lock, suppress(OSError, RuntimeError):
            if self._new and self._found is not None:
                write_json(self._path, {roots: code.as_json() for roots, code in self._found.items()})
                self._new = False
                for old in sorted(self._path.parent.glob("*.json"), key=lambda path: -path.stat().st_mtime)[STATES:]:
                    old.unlink(missing_ok=True)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without collections of garbage, which take longer than all else where hundreds of syntax trees are kept."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def project_code(project: Path = PROJECT, packages: tuple[str, ...] = PACKAGES) -> ProjectCode:
    """The code of ``project`` as it is now."""
    now = ProjectCode(Sources(project), packages)
    with _lock:
        known = _latest.get((project, packages))
        if known is None or known.state != now.state:
            _latest[project, packages] = known = now
        return known


def changed_code(code: Mapping[str, Any], project: Path = PROJECT) -> list[str]:
    """Where the project differs by now from ``code``, as an artifact's record holds it."""
    return list(differences(code, project_code(project).of(code["roots"]).as_json()))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Where ``new`` code differs from ``old``, both as artifacts' records hold them: ``package.module (name, name)``.

    A definition that merely lies elsewhere is not named; the roots are, where no definition differs by itself.
    """
    if old.get("digest") == new["digest"]:
        return
    before, after = (code.get("definitions", {}) for code in (old, new))
    known = {digest for names in before.values() for digest in names.values()}
    kept = {digest for names in after.values() for digest in names.values()}
    changed: dict[str, list[str]] = {}
    for module, names in after.items():
        changed.setdefault(module, []).extend(name for name, digest in names.items() if digest not in known)
    present = {name for names in after.values() for name in names}
    for module, names in before.items():
        gone = [name for name, digest in names.items() if digest not in kept and name not in present]
        changed.setdefault(module, []).extend(gone)
    named = {module: sorted(names) for module, names in changed.items() if names}
    if before and named:
        yield from (f"{module} ({_listed(named[module])})" for module in sorted(named))
    else:
        yield from new["roots"]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def module_digests(modules: Iterable[str], root: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """A digest of each of ``modules`` in ``root`` and of all in ``packages`` that they import, by name.

    As in keys, comments, docstrings, annotations and messages do not count; all else of a module does.
    Raises ``ValueError`` for a module that is not there.
    """
    return Program(Sources(root), packages).modules(modules)
