"""The network's pass compiled by torch's own compiler: fewer sweeps over memory, after a minute of compiling."""

from __future__ import annotations

import os

import torch

from storage.cache import cache_folder
from tasks.errors import InputError
from tasks.training.team import Forward


def compiled(forward: Forward) -> Forward:
    """``forward`` compiled for each size of batch when it first meets one; what it computes differs in rounding."""
    # Torch's own place is a folder that all users of the machine may write to.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder() / "torch"))
    result: Forward = torch.compile(forward, dynamic=False)
    return result


def check_compiler(device: torch.device) -> None:
    """Try the compiler on next to nothing, before the images are read.

    Raises ``InputError`` that says what it lacks.
    """
    try:
        doubled = compiled(lambda images, noise: (images * 2, images))
        doubled(torch.ones(2, device=device), None)
    except Exception as error:  # the compiler's own, of many kinds
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            f"train.compile: torch cannot compile for {device} here ({reason}); install a C++ compiler (g++), or "
            "leave it out"
        ) from error
