"""Where tensors are computed: the device, its free memory, and the settings that make its results repeatable."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Literal

# Read at the first tensor: large ones in huge pages, where the system leaves that to the program (Linux). Fewer page
# faults make a training step on a CPU 3 to 6 % faster.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

import torch

from tasks.compute.memory import available_memory
from tasks.stage.errors import InputError

Precision = Literal["fp32", "bf16"]
"""The arithmetic of a network's products; sums and weights are float32."""


def choose_device(requested: str = "auto") -> torch.device:
    """The device ``requested`` (``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:1``); ``auto`` prefers CUDA, then MPS.

    Raises ``InputError`` if this machine lacks it.
    """
    if requested == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(requested)
    except RuntimeError:
        raise InputError(f"device {requested!r} is unknown; use auto, cpu, cuda, cuda:0 or mps") from None
    if device.type not in ("cpu", "cuda", "mps"):
        raise InputError(f"device {requested!r} is not supported; use auto, cpu, cuda, cuda:0 or mps")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"device {requested!r} is not available ({torch.cuda.device_count()} CUDA devices); use auto or cpu"
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise InputError("device 'mps' is not available; use auto or cpu")
    return device


def product_precision(device: torch.device) -> Precision:
    """bf16 on a CPU with instructions for bfloat16, which do twice as many products as in float32; else fp32."""
    multiplies = device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16", False)
    return "bf16" if multiplies else "fp32"


def computing_in(precision: Precision, device: torch.device) -> torch.autocast:
    """The context in which a network with float32 weights on ``device`` computes its products in ``precision``."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def free_memory(device: torch.device) -> int:
    """Bytes that can still be allocated on ``device`` without pushing anything else out."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return available_memory()


@contextlib.contextmanager
def repeatable(threads: int | None = None) -> Iterator[None]:
    """Compute so that the same input gives the same bits: deterministic kernels, a fixed number of CPU threads.

    float32 is float32 on a GPU too, so that its results are the CPU's but for the order of sums.
    ``threads``: the number of CPU threads, by default as it is; sums are split among them, so it changes the last
    bits of a result. Kernels that have no deterministic form (none of those used here on a CPU) warn.
    """
    # Read when the first cuBLAS handle is made; without it deterministic matrix products are refused.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = (
        torch.get_deterministic_debug_mode(),
        torch.backends.cudnn.benchmark,
        torch.get_num_threads(),
        torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
        torch.backends.cudnn.allow_tf32,
        torch.backends.cuda.matmul.allow_tf32,
    )
    # As use_deterministic_algorithms, which would import torch's compiler, for two seconds.
    torch.set_deterministic_debug_mode("warn")
    torch.backends.cudnn.benchmark = False
    # By default cuDNN rounds what it convolves to 10 bits of mantissa (TF32).
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    # Filling every fresh tensor would find reads of uninitialised memory, of which there are none, at a price.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(before[0])
        torch.backends.cudnn.benchmark = before[1]
        torch.set_num_threads(before[2])
        torch.utils.deterministic.fill_uninitialized_memory = before[3]  # type: ignore[attr-defined]
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before[4:]
