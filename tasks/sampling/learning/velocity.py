"""Flow matching: a velocity field whose flow takes a standard normal distribution to the whitened points.

Lipman, Chen, Ben-Hamu, Nickel & Le 2023, Flow matching for generative modeling, arXiv 2210.02747. On the straight paths
x_t = (1−t)·x_0 + t·x_1 between independent noise x_0 and points x_1 the field is v(x, t) = E[x_1 − x_0 | x_t = x]. Were
the points normal it would be (2t−1)/s·x with s = t² + (1−t)². The network adds to that, with input and output scaled to
unit variance at every t (the idea of Karras et al. 2022, arXiv 2206.00364).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from tasks.sampling.learning.fit import Learner

FREQUENCIES = 16
EXACT_UP_TO = 16
"""Axes up to which the divergence is exact; of more, one random probe a point estimates it without bias."""

LATE = 1.0
"""Mean of the logit of the times that are trained at. What is not normal shows close to the points, at t near 1."""

LOOKED_AT, LOOK_STEPS = 500, 10
"""Held-out points at most whose density stops the fit; the steps in which it is integrated during the fit."""

BLOCK = 4096
"""Points integrated together; bounds the memory."""


class Velocity(Learner):
    """The field of r whitened coordinates, by a residual network of so many blocks."""

    def __init__(self, r: int, width: int, blocks: int, dropout: float, seed: int) -> None:
        super().__init__(r)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.time = nn.Sequential(nn.Linear(2 * FREQUENCIES, width), nn.SiLU())
            self.first = nn.Linear(r, width)
            self.shift = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
            self.within = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
            self.after = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
            self.last = nn.Linear(width, r)
        for layer in (*self.after, self.last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("frequency", torch.exp(torch.linspace(0, math.log(30), FREQUENCIES)), persistent=False)

    def correction(self, x: Tensor, t: Tensor) -> Tensor:
        """What the network adds to the velocity, scaled to unit variance; x (n, r) of unit variance, t (n, 1)."""
        phase = t * self.get_buffer("frequency")
        time, h = self.time(torch.cat([torch.sin(phase), torch.cos(phase)], dim=1)), self.first(x)
        for shift, within, after in zip(self.shift, self.within, self.after, strict=True):
            h = h + after(self.dropout(nn.functional.silu(within(nn.functional.silu(h)) + shift(time))))
        found: Tensor = self.last(h)
        return found

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """The velocity (n, r) at ``x`` (n, r) and the times ``t`` (n, 1)."""
        s = t**2 + (1 - t) ** 2
        return (2 * t - 1) / s * x + self.correction(x / s.sqrt(), t) / s.sqrt()

    def losses(self, w: Tensor, random: torch.Generator) -> Tensor:
        """Squared error of the velocity in units of its variance for normal points, at one random time a point."""
        noise = torch.randn(w.shape, generator=random)
        t = torch.sigmoid(LATE + torch.randn(len(w), 1, generator=random))
        s = t**2 + (1 - t) ** 2
        error: Tensor = s * (self((1 - t) * noise + t * w, t) - (w - noise)) ** 2
        return error.mean(dim=1)

    def held_out_loss(self, w: Tensor, seed: int) -> float:
        """Minus the mean log density, a coordinate: the loss itself hardly looks where likelihood is decided."""
        return -float(log_density(self, w[:LOOKED_AT].numpy(), LOOK_STEPS, seed).mean()) / w.shape[1]

    def draw(self, rng: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
        """Noise moved along the field."""
        noise = rng.standard_normal((count, len(self.get_buffer("centre")))).astype(np.float32)
        return flow(self, noise, LOOK_STEPS)


def flow(field: Velocity, noise: npt.NDArray[np.float32], steps: int) -> npt.NDArray[np.float32]:
    """Where the flow takes ``noise`` (n, r) from t = 0 to 1, by the midpoint rule in so many equal steps."""
    moved = np.empty_like(noise)
    with torch.no_grad():
        for start in range(0, len(noise), BLOCK):
            x = torch.from_numpy(noise[start : start + BLOCK])
            for step in range(steps):
                t, h = step / steps, 1 / steps
                middle = x + h / 2 * field(x, torch.full((len(x), 1), t))
                x = x + h * field(middle, torch.full((len(x), 1), t + h / 2))
            moved[start : start + BLOCK] = x.numpy()
    return moved


def log_density(field: Velocity, w: npt.NDArray[np.float32], steps: int, seed: int) -> npt.NDArray[np.float64]:
    """log density of each of ``w`` (n, r): that of the noise it comes from, less the divergence along its way.

    Of more than ``EXACT_UP_TO`` axes the divergence of the network's part is estimated by one random probe of signs for
    each point (Grathwohl et al. 2019, arXiv 1810.01367): without bias, so means over many points have the right value.
    """
    found = np.empty(len(w))
    random = torch.Generator().manual_seed(seed)
    for start in range(0, len(w), BLOCK):
        x = torch.from_numpy(w[start : start + BLOCK])
        probes = _probes(x, random)
        total = torch.zeros(len(x), dtype=torch.float64)
        for step in range(steps):
            t, h = 1 - step / steps, 1 / steps
            with torch.no_grad():
                middle = x - h / 2 * field(x, torch.full((len(x), 1), t))
            velocity, divergence = _with_divergence(field, middle, t - h / 2, probes)
            x, total = x - h * velocity, total + h * divergence.double()
        noise = x.double()
        normal = -0.5 * (noise**2).sum(dim=1) - 0.5 * w.shape[1] * math.log(2 * math.pi)
        found[start : start + BLOCK] = (normal - total).numpy()
    return found


def _probes(x: Tensor, random: torch.Generator) -> list[Tensor]:
    """Directions (n, r) along which the Jacobian is taken: all of them, or one of random signs."""
    if x.shape[1] <= EXACT_UP_TO:
        return [torch.eye(x.shape[1])[axis].expand_as(x) for axis in range(x.shape[1])]
    return [torch.randint(0, 2, x.shape, generator=random).float() * 2 - 1]


def _with_divergence(field: Velocity, x: Tensor, t: float, probes: list[Tensor]) -> tuple[Tensor, Tensor]:
    """The velocity (n, r) and its divergence (n,) at one time; the normal part's divergence is known."""
    s = t**2 + (1 - t) ** 2
    x = x.detach().requires_grad_()
    added = field.correction(x / math.sqrt(s), torch.full((len(x), 1), t)) / math.sqrt(s)
    traces = [
        (torch.autograd.grad((added * probe).sum(), x, retain_graph=True)[0] * probe).sum(dim=1) for probe in probes
    ]
    slope = (2 * t - 1) / s
    return (slope * x + added).detach(), torch.stack(traces).sum(dim=0) + slope * x.shape[1]
