"""The network compiled by torch's own compiler: fewer sweeps over memory, after half a minute of compiling."""

from __future__ import annotations

import torch

from tasks.stage.errors import InputError
from tasks.training.team import Forward

_NEEDS = {"cpu": "a C++ compiler (g++) and Python's headers", "cuda": "Triton and a C compiler"}


def compile_network(forward: Forward) -> Forward:
    """``forward`` compiled for each size of batch when it first meets one; what it computes differs in rounding.

    The same machine compiles it alike each time: nothing is chosen by timing it.
    """
    torch.compiler.reset()  # The compiler gives up after a few networks in one process.
    result: Forward = torch.compile(forward, dynamic=False, options={"deterministic": True})
    return result


def check_compiler(device: torch.device) -> None:
    """Try the compiler on next to nothing. Raises ``InputError`` that says what it lacks."""
    try:
        compile_network(lambda images, noise: (images * 2, images))(torch.ones(2, device=device), None)
    except Exception as error:  # the compiler's own, of many kinds
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"train.compile: torch cannot compile for {device} here ({lines[0]}); it needs "
            f"{_NEEDS.get(device.type, 'a compiler for it')}: install what is missing, or omit train.compile"
        ) from error
