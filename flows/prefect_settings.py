"""Where one of Prefect's settings comes from: Prefect knows its value alone.

In the order of Prefect's own sources: the environment, ``.env``, ``prefect.toml`` and ``pyproject.toml`` in the current
folder, the active profile. Prefect is not imported for it, which takes a second and writes into its home.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Setting:
    """``origin``: where the value was set, in words that follow "from"; ``undo``: how to unset it."""

    value: str
    origin: str
    undo: str


def find_setting(name: str) -> Setting | None:
    """The setting ``name``, such as ``api.url``; None where Prefect's default holds, or a file cannot be read."""
    return next(_settings(name), None)


def server_address() -> str | None:
    """The address of the API of the Prefect server that is configured, if one is."""
    if "prefect" in sys.modules:  # its settings may have been changed in this process
        from prefect.settings import PREFECT_API_URL

        return PREFECT_API_URL.value() or None
    found = find_setting("api.url")
    return found.value or None if found else None


def _settings(name: str) -> Iterator[Setting]:
    variable = f"PREFECT_{name.replace('.', '_').upper()}"
    for known, value in os.environ.items():
        if known.upper() == variable:
            yield Setting(value, f"the environment variable {known}", f"unset {known}")
    for known, text in _dotenv(Path(".env")).items():
        if known.upper() == variable and text is not None:
            yield Setting(text, f"{known} in {Path('.env').absolute()}", f"remove {known} from that file")
    for file, tables in (("prefect.toml", ()), ("pyproject.toml", ("tool", "prefect"))):
        found = _at(_toml(Path(file)), (*tables, *name.split(".")))
        if found is not None:
            path, where = Path(file).absolute(), ".".join((*tables, name))
            yield Setting(str(found), f"{where} in {path}", f"remove {where} from that file")
    if name not in ("home", "profiles_path"):  # they say where profiles are
        yield from _of_profile(variable)


def _of_profile(variable: str) -> Iterator[Setting]:
    path = _profiles()
    content = _toml(path)
    named = os.environ.get("PREFECT_PROFILE")
    active = named or content.get("active")
    found = _at(content, ("profiles", str(active), variable))
    if found is not None:
        origin = f"the profile '{active}'{' (PREFECT_PROFILE)' if named else ''} in {path}"
        undo = "unset PREFECT_PROFILE" if named else "run 'prefect profile use ephemeral'"
        yield Setting(str(found), origin, undo)


def _profiles() -> Path:
    """The file of profiles: the user's, or the one that comes with Prefect."""
    if named := find_setting("profiles_path"):
        return Path(named.value)
    home = find_setting("home")
    own = Path(home.value if home else "~/.prefect").expanduser() / "profiles.toml"
    shipped = find_spec("prefect")
    if home or own.exists() or shipped is None or shipped.origin is None:
        return own
    return Path(shipped.origin).parent / "settings" / "profiles.toml"


def _dotenv(path: Path) -> Mapping[str, str | None]:
    if not path.is_file():
        return {}
    import dotenv

    try:
        return dotenv.dotenv_values(path)
    except (OSError, ValueError):
        return {}


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _at(content: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        content = content.get(part) if isinstance(content, Mapping) else None
    return content
