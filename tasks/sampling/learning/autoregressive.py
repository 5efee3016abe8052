"""Masked autoregressive flow (Papamakarios, Pavlakou & Murray 2017, arXiv 1705.07057).

Each of a few transforms takes coordinate i to (x_i − m_i)·exp(−s_i), with m_i and s_i from the coordinates before it by
a masked network (Germain et al. 2015, arXiv 1502.03509); after each the coordinates are put in another order.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from tasks.sampling.learning.fit import Learner

STEEPEST = 4.0
"""Bound of |s|: no coordinate is stretched by more than its exponential."""


class Transform(nn.Module):
    """One transform of r coordinates, with two hidden layers of ``width`` units.

    Hidden unit h sees the coordinates up to degree[h] and is seen by later ones. Degrees ascend, so that what a
    coordinate needs is the first so many units of each layer.
    """

    def __init__(self, r: int, width: int, dropout: float) -> None:
        super().__init__()
        self.degree = (np.arange(width) * max(1, r - 1)) // width
        self.first, self.second, self.last = nn.Linear(r, width), nn.Linear(width, width), nn.Linear(width, 2 * r)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)
        degree, axis = torch.from_numpy(self.degree), torch.arange(r)
        for name, mask in {
            "first": degree[:, None] >= axis,
            "second": degree[:, None] >= degree,
            "last": torch.tile(axis[:, None] > degree, (2, 1)),
        }.items():
            self.register_buffer(f"mask_{name}", mask.float(), persistent=False)

    def weights(self) -> list[Tensor]:
        """The masked weights of the three layers."""
        return [
            layer.weight * self.get_buffer(f"mask_{name}")
            for name, layer in (("first", self.first), ("second", self.second), ("last", self.last))
        ]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Transformed coordinates (n, r) and the log determinant (n,)."""
        first, second, last = self.weights()
        h = nn.functional.silu(nn.functional.linear(x, first, self.first.bias))
        h = self.dropout(nn.functional.silu(nn.functional.linear(h, second, self.second.bias)))
        m, s = nn.functional.linear(h, last, self.last.bias).chunk(2, dim=1)
        s = bounded(s)
        return (x - m) * torch.exp(-s), -s.sum(dim=1)

    def inverse(self, u: Tensor) -> Tensor:
        """The coordinates (n, r) that ``forward`` takes to ``u``.

        Coordinate by coordinate, but each hidden unit is computed once, as soon as what it sees is known: all of it
        costs as much as one pass, where the usual inverse makes r of them.
        """
        first, second, last = self.weights()
        r, width = u.shape[1], len(self.degree)
        x, one, two = torch.zeros_like(u), u.new_zeros(len(u), width), u.new_zeros(len(u), width)
        for axis in range(r):
            known = int(np.searchsorted(self.degree, axis))
            m, s = (
                two[:, :known] @ last[row, :known] + self.last.bias[row] for row in (axis, r + axis)
            )  # fmt: skip
            x[:, axis] = m + u[:, axis] * torch.exp(bounded(s))
            new = slice(known, int(np.searchsorted(self.degree, axis, side="right")))
            if new.start < new.stop:
                seen = x[:, : axis + 1] @ first[new, : axis + 1].T + self.first.bias[new]
                one[:, new] = nn.functional.silu(seen)
                seen = one[:, : new.stop] @ second[new, : new.stop].T + self.second.bias[new]
                two[:, new] = nn.functional.silu(seen)
        return x


def bounded(s: Tensor) -> Tensor:
    """``s`` where it is small, and within ±``STEEPEST``."""
    return s / (1 + s.abs() / STEEPEST)


class AutoregressiveFlow(Learner):
    """The density of r whitened coordinates by so many transforms."""

    def __init__(self, r: int, width: int, transforms: int, dropout: float, seed: int) -> None:
        super().__init__(r)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.transforms = nn.ModuleList(Transform(r, width, dropout) for _ in range(transforms))
            orders = [torch.randperm(r) for _ in range(transforms)]
        # The first takes the coordinates as they come: the longest axes first.
        orders[0] = torch.arange(r)
        self.register_buffer("order", torch.stack(orders))

    def forward(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """The noise (n, r) that ``w`` (n, r) comes from, and the log determinant (n,)."""
        x, total = w, w.new_zeros(len(w))
        for transform, order in zip(self.transforms, self.get_buffer("order"), strict=True):
            x, found = transform(x[:, order])
            total = total + found
        return x, total

    def losses(self, w: Tensor, random: torch.Generator) -> Tensor:
        """Minus the log density, a coordinate."""
        u, total = self(w)
        nats: Tensor = 0.5 * (u**2).sum(dim=1) - total
        return nats / w.shape[1] + 0.5 * math.log(2 * math.pi)

    def held_out_loss(self, w: Tensor, seed: int) -> float:
        """Minus the mean log density, a coordinate."""
        return -float(self.log_density(w.numpy(), 1.0).mean()) / w.shape[1]

    def draw(self, rng: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
        """Transformed noise."""
        return self.generate(rng.standard_normal((count, len(self.get_buffer("centre")))).astype(np.float32))

    def generate(self, noise: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The points that ``noise`` (n, r) is taken to."""
        with torch.no_grad():
            x = torch.from_numpy(noise)
            for transform, order in zip(reversed(self.transforms), self.get_buffer("order").flip(0), strict=True):
                x = transform.inverse(x)[:, torch.argsort(order)]  # type: ignore[operator]
        return x.numpy()

    def log_density(self, w: npt.NDArray[np.float32], temperature: float) -> npt.NDArray[np.float64]:
        """log density of each of ``w`` (n, r) where the noise has ``temperature`` times the standard deviation."""
        with torch.no_grad():
            u, total = (part.double() for part in self(torch.from_numpy(w)))
        u = u / temperature
        normal = -0.5 * (u**2).sum(dim=1) - w.shape[1] * (0.5 * math.log(2 * math.pi) + math.log(temperature))
        return (normal + total).numpy()  # type: ignore[no-any-return]
