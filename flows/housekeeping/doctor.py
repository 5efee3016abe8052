"""Checks that everything a study needs is installed and works."""

from __future__ import annotations

import importlib.metadata
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flows.homes import prefect_home, substitution_warning
from flows.housekeeping.inventory import readable_size
from flows.prefect_server import check_server, setting_of
from storage.cache import cache_folder
from storage.failure import StoreFailed
from storage.keys import PROJECT
from storage.opening import find_store
from storage.store import Store
from tasks.stage.errors import InputError

Verdict = Literal["ok", "note", "problem"]
LOCK = PROJECT / "requirements.lock"
TIGHT_GB = 5.0


@dataclass(frozen=True)
class Finding:
    """The outcome of one check: a ``note`` is worth knowing, a ``problem`` stops a study or makes it wrong."""

    about: str
    verdict: Verdict
    text: str


def examine(store: str, api: str | None) -> Iterator[Finding]:
    """Check, one after the other, what a study in ``store`` with the Prefect server ``api`` needs."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _packages,
        _device,
        _folders,
        lambda: _server(api),
        lambda: _store(store),
        _browser,
    ]
    for check in checks:
        yield from check()


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding("python", "ok", f"{version}, {sys.executable}")
    else:
        yield Finding("python", "problem", f"{version}: Python 3.11 to 3.13 is required (make PYTHON=python3.12 test)")


def locked_versions(lock: Path) -> dict[str, str]:
    """Package names and versions of a ``requirements.lock``."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


def differing_versions(locked: dict[str, str]) -> list[str]:
    """Installed packages that differ from ``locked``, in words; a local build (``2.13.0+cpu``) is its plain version."""
    differing = []
    for name, version in locked.items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            differing.append(f"{name} is not installed (locked: {version})")
            continue
        if installed.partition("+")[0] != version:
            differing.append(f"{name} {installed} (locked: {version})")
    return differing


def _packages() -> Iterator[Finding]:
    if not LOCK.is_file():
        yield Finding("packages", "note", f"{LOCK} does not exist: versions cannot be compared")
        return
    locked = locked_versions(LOCK)
    differing = differing_versions(locked)
    if differing:
        shown = "; ".join(differing[:5]) + (f"; and {len(differing) - 5} more" if len(differing) > 5 else "")
        yield Finding("packages", "problem", f"{shown}: run 'make demo' or 'pip install -r requirements.lock'")
    else:
        yield Finding("packages", "ok", f"all {len(locked)} match requirements.lock")


def _device() -> Iterator[Finding]:
    import torch

    from tasks.compute.devices import choose_device

    device = choose_device("auto")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{os.cpu_count()} cores"
    text = f"{device} ({name}), torch {torch.__version__}"
    if device.type == "cpu" and (shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists()):
        yield Finding("device", "problem", f"{text}: an NVIDIA driver is installed, but torch does not find a GPU")
    else:
        yield Finding("device", "ok", text)


def _folders() -> Iterator[Finding]:
    """Where this program and its libraries keep files outside the store."""
    if text := substitution_warning():
        yield Finding("folders", "note", text)
    else:
        yield Finding("folders", "ok", f"Prefect's home {prefect_home()}, cache {cache_folder()}")


def _server(api: str | None) -> Iterator[Finding]:
    if not api:
        yield Finding("server", "note", "PREFECT_API_URL is not set: runs use a temporary server, without a dashboard")
        return
    try:
        version = check_server(api)
    except InputError as error:
        yield Finding("server", "problem", f"{error} ('make serve' starts one)")
    else:
        found = f"Prefect {version}" if version else "Prefect's cloud"
        yield Finding("server", "ok", f"{api}, {found} (from {setting_of(api).origin})")


def _store(location: str) -> Iterator[Finding]:
    try:
        store = find_store(location)
        root = store.root
        # The nearest folder that is there: a store is made by its first run.
        there = next(folder for folder in (root, *root.parents) if folder.exists())
        probe = there / f".latentfaces-{secrets.token_hex(4)}"
        probe.write_bytes(b"probe")
        probe.unlink()
        free = shutil.disk_usage(there).free / 1e9
    except (OSError, ValueError, StoreFailed) as error:
        yield Finding("store", "problem", f"{location} cannot be used: {error}")
        return
    if "://" in store.location:
        yield from _remote(store)
    else:
        yield Finding("store", "ok", f"{root}" + ("" if root.exists() else " (created by the first run)"))
    if free < TIGHT_GB:
        yield Finding("free space", "problem", f"{free:.1f} GB: the full CelebA needs about {TIGHT_GB:.0f} GB")
    else:
        yield Finding("free space", "ok", f"{free:.1f} GB")


def _remote(store: Store) -> Iterator[Finding]:
    """Whether the remote store answers, and how much space its local copies take."""
    from storage.remote.copies import space_taken
    from storage.remote.store import copies_folder

    try:
        noted = store.has_layout()
        yield Finding("store", "ok", store.location + ("" if noted else " (empty)"))
    except (StoreFailed, ValueError) as error:
        yield Finding("store", "problem", str(error))
    text = f"{readable_size(space_taken())} of all remote stores in {copies_folder()}"
    yield Finding(
        "copies", "note", f"{text}; list this store's with 'latentfaces gc --copies --store {store.location}'"
    )


def _browser() -> Iterator[Finding]:
    found = shutil.which("chromium")
    text = found or "chromium is not installed: only 'make check-browser' needs it (apt-get install chromium)"
    yield Finding("browser", "ok" if found else "note", text)
