"""Flow matching given attributes, with classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598).

One network learns the velocity for every set of attributes, and for none: at each step of the fit a random part of a
point's attributes is hidden from it. With v(x | asked) and v(x) a guided flow follows v(x) + g·(v(x | asked) − v(x)):
g = 1 draws from what was learned of the group, more goes beyond it.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from tasks.sampling.learning.velocity import LATE, LOOK_STEPS, LOOKED_AT, Velocity, flow, log_density

NOTHING_SHOWN = 0.2
"""Share of the steps' points of which the network is shown no attribute at all."""


class GuidedVelocity(Velocity):
    """The field of r whitened coordinates given ``attributes``; points come as (n, r + attributes), coordinates first.

    An attribute is 1, -1, or 0 where it is unknown or not asked for.
    """

    def __init__(self, r: int, attributes: int, width: int, blocks: int, dropout: float, seed: int) -> None:
        super().__init__(r, width, blocks, dropout, seed)
        self.axes = r
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            self.asked = nn.Sequential(nn.Linear(2 * attributes, width), nn.SiLU(), nn.Linear(width, width))

    def given(self, x: Tensor, t: Tensor, asked: Tensor) -> Tensor:
        """What the network adds to the velocity given ``asked`` (n, attributes); as ``correction``."""
        phase = t * self.get_buffer("frequency")
        time = self.time(torch.cat([torch.sin(phase), torch.cos(phase)], dim=1))
        what, h = time + self.asked(torch.cat([asked, asked.abs()], dim=1)), self.first(x)
        for shift, within, after in zip(self.shift, self.within, self.after, strict=True):
            h = h + after(self.dropout(nn.functional.silu(within(nn.functional.silu(h)) + shift(what))))
        found: Tensor = self.last(h)
        return found

    def losses(self, w: Tensor, random: torch.Generator) -> Tensor:
        """As of ``Velocity``, a random part of the attributes hidden."""
        w, attributes = w[:, : self.axes], w[:, self.axes :]
        share = torch.rand(len(w), 1, generator=random)
        hidden = torch.rand(attributes.shape, generator=random) < share
        hidden |= torch.rand(len(w), 1, generator=random) < NOTHING_SHOWN
        field = Given(self, attributes.masked_fill(hidden, 0.0))
        noise = torch.randn(w.shape, generator=random)
        t = torch.sigmoid(LATE + torch.randn(len(w), 1, generator=random))
        s = t**2 + (1 - t) ** 2
        error: Tensor = s * (field((1 - t) * noise + t * w, t) - (w - noise)) ** 2
        return error.mean(dim=1)

    def held_out_loss(self, w: Tensor, seed: int) -> float:
        """Minus the mean log density of points given all of their attributes, a coordinate."""
        w, attributes = w[:LOOKED_AT, : self.axes], w[:LOOKED_AT, self.axes :]
        field = cast(Velocity, Given(self, attributes))
        return -float(log_density(field, w.numpy(), LOOK_STEPS, seed).mean()) / self.axes

    def draw_given(
        self, rng: np.random.Generator, count: int, asked: npt.NDArray[np.float32], guidance: float, steps: int
    ) -> npt.NDArray[np.float32]:
        """Coordinates (count, r) with what is ``asked`` (attributes,)."""
        noise = rng.standard_normal((count, self.axes)).astype(np.float32)
        field = Given(self, torch.from_numpy(asked)[None], guidance)
        return flow(cast(Velocity, field), noise, steps)


class Given:
    """The field given ``asked`` (n, attributes), or (1, attributes) for all points, in place of a ``Velocity``."""

    def __init__(self, field: GuidedVelocity, asked: Tensor, guidance: float = 1.0) -> None:
        self._field, self._asked, self._guidance = field, asked, guidance

    def correction(self, x: Tensor, t: Tensor) -> Tensor:
        """What is added to the velocity of a normal distribution."""
        asked = self._asked.expand(len(x), -1)
        added = self._field.given(x, t, asked)
        if self._guidance == 1:
            return added
        plain = self._field.given(x, t, torch.zeros_like(asked))
        return plain + self._guidance * (added - plain)

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        """The velocity (n, r) at ``x`` (n, r) and the times ``t`` (n, 1)."""
        s = t**2 + (1 - t) ** 2
        return (2 * t - 1) / s * x + self.correction(x / s.sqrt(), t) / s.sqrt()
