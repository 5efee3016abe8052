"""Folders outside the store that this program and its libraries write to; replaced by temporary ones if needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.prefect_settings import find_setting
from storage.cache import CACHE, wanted_cache_folder
from storage.writable import temporary_folder, why_unwritable
from tasks.page.wording import listed

PREFECT = "PREFECT_HOME"


@dataclass(frozen=True)
class Home:
    """A folder of files outside the store, which the environment variable ``variable`` can move.

    ``preferred``: where it is otherwise; several where the variable makes one of them, none where none is needed.
    Raises ``RuntimeError`` if that depends on the user's home and there is none.
    """

    name: str
    variable: str
    preferred: Callable[[], list[Path]]


@dataclass(frozen=True)
class Substitute:
    """``folder`` stands in for ``wanted``, which cannot be written for ``reason``."""

    home: Home
    wanted: str
    reason: str
    folder: Path


def prefect_home() -> Path:
    """Prefect's home, as its settings name it."""
    found = find_setting("home")
    return Path(found.value if found else "~/.prefect").expanduser()


def _matplotlib() -> list[Path]:
    if given := os.environ.get("MPLCONFIGDIR"):
        return [Path(given)]
    if sys.platform == "darwin":
        return [Path.home() / ".matplotlib"]
    bases = (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache"))
    return [Path(os.environ.get(name) or Path.home() / base) / "matplotlib" for name, base in bases]


def _if_named(variable: str) -> Home:
    """A folder in the cache unless the user names another one."""
    name = variable.partition("_")[0].lower()
    return Home(name, variable, lambda: [Path(given)] if (given := os.environ.get(variable)) else [])


HOMES = (
    Home("prefect", PREFECT, lambda: [prefect_home()]),
    Home("cache", CACHE, lambda: [wanted_cache_folder()]),
    Home("matplotlib", "MPLCONFIGDIR", _matplotlib),
    _if_named("TORCHINDUCTOR_CACHE_DIR"),
    _if_named("TRITON_CACHE_DIR"),
)

_substitutes: list[Substitute] = []


def ensure_homes() -> None:
    """Name a temporary folder in the environment for each that cannot be written; before Prefect is imported.

    Raises ``OSError`` if no temporary one can be written either.
    """
    for home in HOMES:
        wanted, reason = _unwritable(home)
        if reason is None:
            continue
        if (
            home.variable == PREFECT
            and not find_setting("profiles_path")
            and (Path(wanted) / "profiles.toml").is_file()
        ):
            os.environ["PREFECT_PROFILES_PATH"] = str(Path(wanted) / "profiles.toml")
        folder = temporary_folder() / home.name
        os.environ[home.variable] = str(folder)
        _substitutes.append(Substitute(home, wanted, reason, folder))


def _unwritable(home: Home) -> tuple[str, str | None]:
    """A folder of ``home`` that cannot be written, and why; None if all can."""
    try:
        for folder in home.preferred():
            if reason := why_unwritable(folder):
                return str(folder), reason
    except RuntimeError:
        return "~", "HOME is not set and this user has no home folder"
    return "", None


def substitution_warning() -> str:
    """One line on the folders that cannot be written and what is used instead; empty if all can be written."""
    if not _substitutes:
        return ""
    wanted, reasons, variables = (
        list(dict.fromkeys(parts))
        for parts in zip(*((one.wanted, one.reason, one.home.variable) for one in _substitutes), strict=True)
    )
    folders = list(dict.fromkeys(str(one.folder.parent) for one in _substitutes))
    return (
        f"cannot write to {listed(wanted)} ({'; '.join(reasons)}); using the temporary "
        f"{'folders' if len(folders) > 1 else 'folder'} {listed(folders)} for this run; set {listed(variables)} to "
        f"choose {'other folders' if len(variables) > 1 else 'another folder'}"
    )
