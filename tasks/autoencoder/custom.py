"""Custom encoders and decoders, named by import paths such as ``mynet:encoder``.

A factory is called with ``image_size`` (pixels) and ``latent_dim`` and returns a torch module. An encoder's takes
images (n, 3, S, S) scaled to [−1, 1] and gives (n, latent_dim); a decoder's takes z (n, latent_dim) and gives the
logits of the pixels, (n, 3, S, S), to which a sigmoid is applied. Naming a factory runs its module's code. Weights are
kept as tensors and nothing else, so the module's source is needed to use the model again; its digest is kept with the
model, and a source that has changed is refused.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.keys import PACKAGES, module_digests
from tasks.stage.errors import InputError

if TYPE_CHECKING:
    from torch import nn

    from tasks.autoencoder.config import AutoencoderConfig

PATH = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"
"""Of an import path: package.module:factory."""


def custom_sources(paths: Iterable[str | None]) -> dict[str, str]:
    """A digest of each module of the factories ``paths`` and of what they import beside them, by name.

    Comments, docstrings and formatting do not count. Raises ``InputError`` for a module whose source is not found.
    """
    found: dict[str, str] = {}
    for path in paths:
        if path is not None:
            module = _parted(path)[0]
            root = _root(module, path)
            top = module.partition(".")[0]
            beside = _beside(root) if root == Path.cwd() else (top,)
            found |= module_digests([module], root, beside)
    return dict(sorted(found.items()))


def _parted(path: str) -> tuple[str, str]:
    if not re.fullmatch(PATH, path):
        raise InputError(f"{path!r} is not an import path: write package.module:factory, such as mynet:encoder")
    module, _, name = path.partition(":")
    return module, name


def _root(module: str, path: str) -> Path:
    """The folder from which ``module`` is imported: the current one first."""
    relative = Path(*module.split("."))
    for root in dict.fromkeys([Path.cwd(), *(Path(place).resolve() for place in sys.path if place)]):
        if (root / relative).with_suffix(".py").is_file() or (root / relative / "__init__.py").is_file():
            return root
    raise InputError(
        f"{path}: there is no module {module} in {Path.cwd()} or on Python's path: run from the folder that contains "
        f"{relative.parts[0]}, or add that folder to PYTHONPATH"
    )


def _beside(root: Path) -> tuple[str, ...]:
    """Top-level modules and packages in ``root``, but for this project's own."""
    found = {path.stem for path in root.glob("*.py")} | {path.parent.name for path in root.glob("*/*.py")}
    return tuple(sorted(found - set(PACKAGES)))


_imported: dict[str, dict[str, str]] = {}


def factory_at(path: str) -> Callable[..., Any]:
    """The factory at an import path. Raises ``InputError`` that says what is wrong with it."""
    module, name = _parted(path)
    root, sources = _root(module, path), custom_sources([path])
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    if _imported.get(path, sources) != sources:  # edited since: what runs must be what was counted
        for changed in sources:
            sys.modules.pop(changed, None)
    importlib.invalidate_caches()
    try:
        found = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        raise InputError(f"{path}: importing {module} failed ({type(error).__name__}: {error})") from error
    _imported[path] = sources
    if not callable(found):
        raise InputError(f"{path}: {module} has no function or class called {name}")
    factory: Callable[..., Any] = found
    return factory


def check_sources(path: str, sources: Mapping[str, str], made: str, remedy: str) -> None:
    """Raise ``InputError`` if a module of the factory at ``path`` is no longer as in ``sources``, digests by name."""
    changed = [name for name, digest in custom_sources([path]).items() if sources.get(name, digest) != digest]
    if changed:
        raise InputError(
            f"{path}: the source of {', '.join(changed)} has changed since the model was {made}: restore it, or "
            f"{remedy}"
        )


def custom_half(path: str, config: AutoencoderConfig, half: str, seed: int) -> nn.Module:
    """The encoder or decoder that the factory at ``path`` makes; its first weights follow from ``seed``.

    Raises ``InputError`` if it cannot be made, or its source is not the one in ``config``.
    """
    import torch
    from torch import nn

    check_sources(path, config.sources, "trained", "train again")
    factory = factory_at(path)
    size = config.latent_dim * (config.outputs if half == "encoder" else 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            module = factory(image_size=config.image_size, latent_dim=size)
        except Exception as error:
            raise InputError(
                f"{path}(image_size={config.image_size}, latent_dim={size}) failed ({type(error).__name__}: {error})"
            ) from error
    if not isinstance(module, nn.Module):
        raise InputError(f"{path} returned {type(module).__name__}; it must return a torch.nn.Module")
    return module
