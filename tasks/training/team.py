"""Processes that train as one: each takes its share of every batch, and all make the same step.

Batch statistics are those of the whole batch and gradients are averaged, so a step is the one that a single process
would make, but for the order in which numbers are summed. The optimizer needs to know nothing of it: every process
gives it the same gradients and so gets the same weights.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from tasks.autoencoder.network import Autoencoder
from tasks.training.family import Family

Forward = Callable[[torch.Tensor, torch.Tensor | None], tuple[torch.Tensor, torch.Tensor]]
"""Logits and encoder's output of images and noise."""

TIMEOUT = timedelta(minutes=10)
"""How long a process waits for the others at one point of a step before it gives up."""


@dataclass(frozen=True)
class Team:
    """``size`` processes, of which this one is number ``rank``; ``local_rank``: its number on its machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def device(self, chosen: str) -> torch.device:
        """``chosen``; of several CUDA devices each process has its own."""
        return torch.device("cuda", self.local_rank) if self.size > 1 and chosen == "cuda" else torch.device(chosen)

    def share(self, count: int) -> slice:
        """Which of ``count`` things are this process's: all shares together cover them, and differ by at most one."""
        return slice(self.rank * count // self.size, (self.rank + 1) * count // self.size)

    def mean(self, values: dict[str, float], count: int) -> dict[str, float]:
        """The means over the things of all processes, of which this one's ``count`` have the means ``values``."""
        if self.size == 1:
            return values
        sums = torch.tensor([*(value * count if count else 0.0 for value in values.values()), count])
        total = _summed(sums.to(torch.float64)).tolist()
        return {name: value / total[-1] for name, value in zip(values, total, strict=False)}

    def forward(self, network: Autoencoder, family: Family[Any]) -> Forward:
        """Images and the family's noise to the decoder's logits and the encoder's output.

        By ``network``, whose normalisations and gradients are shared. To be called before the optimizer is made.
        """
        forward = _Forward(network, family)
        if self.size == 1:
            return forward
        share_batch_statistics(network)
        return DistributedDataParallel(forward, broadcast_buffers=False)


ALONE = Team()


def join(meeting: Path | None) -> Team:
    """Become one of the processes that torchrun started; those of one machine meet in the file ``meeting``.

    Without it they meet at torchrun's own address.
    """
    rank, size, local = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(local % torch.cuda.device_count())
    backend = "cpu:gloo,cuda:nccl" if cuda else "gloo"
    if meeting is None:
        distributed.init_process_group(backend, timeout=TIMEOUT)
    else:
        store = distributed.FileStore(str(meeting), size)  # type: ignore[attr-defined]
        distributed.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=TIMEOUT)
    return Team(rank, size, local)


def leave() -> None:
    """Wait for the others, and end what ``join`` began."""
    distributed.barrier()
    distributed.destroy_process_group()


class _Forward(nn.Module):
    """``DistributedDataParallel`` averages the gradients of what its module's ``forward`` reached."""

    def __init__(self, network: Autoencoder, family: Family[Any]) -> None:
        super().__init__()
        self.network, self.family = network, family

    def forward(self, images: torch.Tensor, noise: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (n, 3, S, S) of the z that the family makes of the encoder's output (n, outputs·d), and that."""
        code = self.network.code(images)
        return self.network.decode_logits(self.family.latent(code, noise)), code


def _summed(values: torch.Tensor) -> torch.Tensor:
    distributed.all_reduce(values)
    return values


class _Sum(torch.autograd.Function):
    """The sum of a tensor over all processes.

    What each process adds reaches the losses of all of them, so the gradient is the sum of theirs.
    """

    @staticmethod
    def forward(ctx: Any, values: torch.Tensor) -> torch.Tensor:
        return _summed(values.clone())

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        return _summed(gradients[0].clone(memory_format=torch.contiguous_format))


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation by the statistics of the whole batch, of which each process holds a part.

    What ``torch.nn.SyncBatchNorm`` is on CUDA, on any device, by two sums over the processes: of the values, then of
    their squared deviations from the common mean, which lose no digits however far the values lie from 0. Parts may
    differ in size. Parameters and state are ``BatchNorm2d``'s.
    """

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalise ``images`` (n, c, h, w)."""
        if not self.training:
            return super().forward(images)
        values = images if images.dtype == torch.float64 else images.float()
        count = values.new_tensor([values.numel() // values.shape[1]])
        sums = sum_over_processes(torch.cat([values.sum(dim=(0, 2, 3)), count]))
        total = sums[-1].detach()
        mean = sums[:-1] / total
        deviation = values - mean[:, None, None]
        variance = sum_over_processes(deviation.square().sum(dim=(0, 2, 3))) / total
        self._update(mean.detach(), variance.detach(), total)
        scale = self.weight / torch.sqrt(variance + self.eps)
        return (deviation * scale[:, None, None] + self.bias[:, None, None]).to(images.dtype)

    @torch.no_grad()
    def _update(self, mean: torch.Tensor, variance: torch.Tensor, total: torch.Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
        unbiased = variance * total / (total - 1)
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), self.momentum)


def sum_over_processes(values: torch.Tensor) -> torch.Tensor:
    """The sum of ``values`` over all processes, through which gradients pass."""
    total: torch.Tensor = _Sum.apply(values)  # type: ignore[no-untyped-call]
    return total


def share_batch_statistics(network: nn.Module) -> None:
    """Replace every ``BatchNorm2d`` in ``network``, its parameters kept: by torch's own module on CUDA, else ours."""
    for name, module in list(network.named_modules()):
        if type(module) is not nn.BatchNorm2d:
            continue
        if module.weight.device.type == "cuda":
            shared: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]
        else:
            shared = SharedBatchNorm2d(module.num_features, module.eps, module.momentum)
            shared.weight, shared.bias = module.weight, module.bias
            for buffer, values in module.named_buffers():
                setattr(shared, buffer, values)
        parent, _, child = name.rpartition(".")
        setattr(network.get_submodule(parent), child, shared)
