"""What identifies a result: its configuration, its inputs' keys, outside data, and the code that makes it.

The code is every module of this project that a stage's kernels reach through their imports, with
comments, docstrings and formatting taken away, so that only a change of what is computed changes the key.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("flows", "tasks", "storage")
UNCOUNTED_MODULES = ("config", "task")
"""Modules of these names hold no computation: a configuration counts by its values, ``task`` only wraps."""


RESOURCES = (".html", ".css", ".js")
"""Files beside modules that count where a whole package does."""

_ATTEMPTS = 10
"""How often a module is parsed before an interpreter's error is believed."""


def artifact_key(identity: Mapping[str, Any]) -> str:
    """16 hexadecimal digits over ``identity``, a mapping of JSON values."""
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()


def code_digests(
    roots: Iterable[str],
    project: Path = PROJECT,
    packages: tuple[str, ...] = PACKAGES,
    uncounted: tuple[str, ...] = UNCOUNTED_MODULES,
) -> dict[str, str]:
    """The digest of every module below ``project`` and in ``packages`` that ``roots`` reach, by module name.

    A root ``tasks.reporting.*`` stands for all modules of that package, and for the files beside them
    (templates, style sheets), which count byte for byte. Raises ``ValueError`` for a root that is not there.
    """
    digests: dict[str, str] = {}
    pending: list[str] = []
    for root in roots:
        if root.endswith(".*"):
            folder = project.joinpath(*root[:-2].split("."))
            pending += [_module_name(path, project) for path in sorted(folder.rglob("*.py"))]
            digests |= _resource_digests(folder, project)
        else:
            pending.append(root)
        if not pending:
            raise ValueError(f"no module {root}")
    reached: set[str] = set()
    while pending:
        module = pending.pop()
        if module in reached or module.rpartition(".")[2] in uncounted:
            continue
        reached.add(module)
        path = _module_path(module, project)
        if path is None:
            raise ValueError(f"no module {module} in {project}")
        digests[module], imported = _read_module(path, module, project, path.stat().st_mtime_ns, packages)
        pending += imported
    return dict(sorted(digests.items()))


def changed_code(digests: Mapping[str, str], project: Path = PROJECT) -> list[str]:
    """Which of the modules in ``digests`` are no longer what they were when those were taken."""
    now = {module: path for module in digests if (path := _module_path(module, project)) is not None}
    return [
        module
        for module, path in now.items()
        if _read_module(path, module, project, path.stat().st_mtime_ns)[0] != digests[module]
    ]


def _resource_digests(folder: Path, project: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix in RESOURCES)
    return {
        path.relative_to(project).as_posix(): hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
        for path in sorted(files)
    }


def _module_name(path: Path, project: Path) -> str:
    parts = path.relative_to(project).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module_path(module: str, project: Path) -> Path | None:
    base = project.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


def _parse(path: Path) -> ast.Module:
    """The module's syntax tree.

    CPython 3.11 counts the nesting of trees for all threads together (its issue 106905) and fails where another thread
    parses at the same moment, as libraries do: then again.
    """
    text = path.read_text(encoding="utf-8")
    for _ in range(_ATTEMPTS - 1):
        with suppress(SystemError):
            return ast.parse(text, filename=str(path))
    return ast.parse(text, filename=str(path))


@lru_cache(maxsize=1024)
def _read_module(
    path: Path, module: str, project: Path, modified: int, packages: tuple[str, ...] = PACKAGES
) -> tuple[str, tuple[str, ...]]:
    tree = _parse(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    nodes = list(ast.walk(tree))
    imported = tuple(sorted({name for node in nodes for name in _imports(node, package, project, packages)}))
    parents = tuple(module.rsplit(".", depth)[0] for depth in range(1, module.count(".") + 1))
    parents = tuple(parent for parent in parents if _module_path(parent, project))  # a namespace has no code
    _drop_docstrings(nodes)
    digest = hashlib.blake2b(ast.unparse(tree).encode(), digest_size=8).hexdigest()
    return digest, imported + parents


def _imports(node: ast.AST, package: str, project: Path, packages: tuple[str, ...]) -> Iterable[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            anchor = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*anchor, base] if base else anchor)
        submodules = [f"{base}.{alias.name}" for alias in node.names]
        names = [base, *(name for name in submodules if _module_path(name, project))]
    return [name for name in names if name.split(".")[0] in packages and _module_path(name, project)]


def _drop_docstrings(nodes: Iterable[ast.AST]) -> None:
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_bare_string(statement)] or [ast.Pass()]


def _is_bare_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
