"""The training that all learned densities share: early-stopped, resumable, with a curve.

A network starts as the multivariate normal distribution (its last layer is zero), so that where there is nothing more
to learn, or too few points to learn it from, early stopping leaves that.
"""

from __future__ import annotations

import copy
import json
import logging
import math
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from safetensors import safe_open
from safetensors.torch import save as safetensors_bytes
from torch import Tensor, nn

from storage.files import write_bytes
from tasks.compute.devices import repeatable
from tasks.compute.epochs import EpochCheckpoint, one_cycle, set_learning_rate
from tasks.compute.progress import Progress, no_progress

log = logging.getLogger("latentfaces")

Float32 = npt.NDArray[np.float32]

FITTED = "fit.safetensors"

HELD_OUT, MOST_HELD_OUT = 0.1, 5000
"""The share of the training points that stops the fit early, and how many of them at most."""

ROUNDS = 40
"""The held-out loss is taken, and the fit can be resumed, after each of so many parts of the training."""

PATIENCE = 20
"""The fit ends after so many rounds without a better held-out loss."""

LOOKS = 4
"""How often the held-out loss is taken, each time with other random numbers."""

FEWEST_DRAWS, DRAWS_PER_AXIS, KEPT = 2000, 100, 0.999
"""How many draws the moments are taken of, and the share of them that counts, the innermost."""

AVERAGED, WARM_UP = 0.998, 0.1
"""How much of the average of the weights a step keeps at most; the share of steps until the largest learning rate."""


class Learner(nn.Module):
    """A network of r whitened coordinates whose ``losses`` are minimised.

    What it draws is moved by the affine map w ↦ (w − ``centre``)·``stretch``: see ``keep_moments``.
    """

    def __init__(self, r: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(r))
        self.register_buffer("stretch", torch.eye(r))

    @abstractmethod
    def losses(self, w: Tensor, random: torch.Generator) -> Tensor:
        """The loss of each of the whitened points ``w`` (n, r), (n,)."""

    def held_out_loss(self, w: Tensor, seed: int) -> float:
        """By which the fit is stopped: of points ``w`` (n, r) that it does not see, in nats a coordinate.

        The same random numbers each time, so that differences are the network's.
        """
        with torch.no_grad():
            values = [self.losses(w, generator(seed, 2, look)).mean() for look in range(LOOKS)]
        return float(torch.stack(values).mean())

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int) -> Float32:
        """Points (count, r) as they were learned."""

    def keep_moments(self, seed: int) -> None:
        """Let draws have mean 0 and covariance I, which the whitened training points have.

        A network that was stopped early, or trained with dropout, draws a cloud narrower than the one it learned from:
        its likeliest points are right, and its faces too alike. Draws beyond all others are left out of the moments.
        """
        rng = np.random.default_rng([seed, 3])
        w = self.draw(rng, max(FEWEST_DRAWS, DRAWS_PER_AXIS * len(self.get_buffer("centre")))).astype(np.float64)
        radius = np.linalg.norm(w, axis=1)
        w = w[radius <= np.quantile(radius, KEPT)]
        value, vector = np.linalg.eigh(np.atleast_2d(np.cov(w.T)))
        self.get_buffer("centre").copy_(torch.from_numpy(w.mean(axis=0)))
        self.get_buffer("stretch").copy_(torch.from_numpy((vector / np.sqrt(value)) @ vector.T))

    def moved(self, w: Float32) -> Float32:
        """Where draws ``w`` (n, r) as they were learned are moved to."""
        return (w - self.get_buffer("centre").numpy()) @ self.get_buffer("stretch").numpy()  # type: ignore[no-any-return]

    def moved_back(self, w: npt.NDArray[np.float64]) -> tuple[Float32, float]:
        """Which points ``w`` (n, r) float64 were moved from, and the log determinant of the way back."""
        stretch = self.get_buffer("stretch").numpy().astype(np.float64)
        before = np.linalg.solve(stretch, w.T).T + self.get_buffer("centre").numpy()
        return before.astype(np.float32), -float(np.linalg.slogdet(stretch)[1])


class Training(NamedTuple):
    """How long and how fast: passes through the points and steps at most, points a step, largest learning rate.

    keep_moments: whether draws have the points' own moments.
    """

    epochs: int
    steps: int
    batch: int
    rate: float
    decay: float
    keep_moments: bool = True


@dataclass(frozen=True)
class Curve:
    """What the fit found: ``rounds`` of (steps, training loss, held-out loss), the best of them, whether it diverged.

    The first round is that of the normal distribution that the fit starts from, whose training loss is not taken.
    """

    rounds: list[tuple[int, float | None, float]]
    best: int = 0
    diverged: bool = False

    def facts(self) -> dict[str, Any]:
        """The curve as JSON types."""
        return {"curve": [list(point) for point in self.rounds], "best": self.best, "diverged": self.diverged}


def fit_or_load(
    network: Learner, w: Tensor, training: Training, seed: int, folder: Path | None, progress: Progress = no_progress
) -> Curve:
    """Fit ``network`` to the whitened points ``w`` (n, r) float32, or load the fit that ``folder`` holds.

    Killed at any moment and called again, it continues after the last whole round and ends with the same bits.
    folder: None keeps nothing.
    """
    path = folder / FITTED if folder is not None else None
    if path is not None and path.exists():
        return _load(network, path)
    with repeatable(), torch.random.fork_rng(devices=[]):
        curve = _fit(network, w, training, seed, folder, progress)
        # The normal distribution that it starts from has these moments.
        if training.keep_moments and curve.best:
            network.keep_moments(seed)
    if path is not None:
        tensors = {name: tensor.contiguous().clone() for name, tensor in network.state_dict().items()}
        write_bytes(path, safetensors_bytes(tensors, metadata={"curve": json.dumps(curve.facts())}))
        EpochCheckpoint(path.parent).remove()
    return curve


def _load(network: Learner, path: Path) -> Curve:
    with safe_open(path, framework="pt") as file:
        network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 (not a dict)
        facts = json.loads(file.metadata()["curve"])
    network.eval()
    return _curve(facts)


def _curve(facts: dict[str, Any]) -> Curve:
    rounds = [(int(steps), train, float(held_out)) for steps, train, held_out in facts["curve"]]
    return Curve(rounds, facts["best"], facts["diverged"])


def generator(*words: int) -> torch.Generator:
    """The random generator that belongs to ``words``, such as a seed and a step."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1))


def _fit(network: Learner, w: Tensor, training: Training, seed: int, folder: Path | None, progress: Progress) -> Curve:
    """Leave ``network`` with the averaged weights of the best round."""
    order = torch.from_numpy(np.random.default_rng([seed, 0]).permutation(len(w)))
    count = min(max(1, round(HELD_OUT * len(w))), MOST_HELD_OUT)
    held_out, points = w[order[:count]], order[count:]
    batch = min(training.batch, len(points))
    steps = min(training.steps, training.epochs * -(-len(points) // batch))
    # All that a checkpoint must hold, as one module.
    state = nn.ModuleDict({name: copy.deepcopy(network) for name in ("now", "average", "best")})
    optimizer = torch.optim.AdamW(state["now"].parameters(), lr=training.rate, weight_decay=training.decay)
    checkpoint = EpochCheckpoint(folder) if folder is not None else None
    saved = checkpoint.restore(state, optimizer) if checkpoint is not None else None
    curve = _curve(saved.facts) if saved else Curve([(0, None, _held_out_loss(state["best"], held_out, seed))])
    ends = np.linspace(0, steps, min(ROUNDS, steps) + 1).astype(int)
    for number in range(len(curve.rounds), len(ends)):
        if curve.diverged or number - 1 - curve.best >= PATIENCE:
            break
        losses = []
        for step in range(ends[number - 1], ends[number]):
            set_learning_rate(optimizer, one_cycle(step, steps, training.rate, WARM_UP))
            losses.append(_step(state, optimizer, w, points, batch, step, seed))
        curve = _round(state, curve, int(ends[number]), float(np.mean(losses)), held_out, seed)
        if checkpoint is not None:
            checkpoint.save(number, state, optimizer, curve.facts())
        progress(int(ends[number]), steps, f"steps of the fit, held-out loss {curve.rounds[-1][2]:.4f}")
    network.load_state_dict(state["best"].state_dict())
    network.eval()
    return curve


def _step(
    state: nn.ModuleDict, optimizer: torch.optim.Optimizer, w: Tensor, points: Tensor, batch: int, step: int, seed: int
) -> float:
    """One step on a random batch; its loss. Its random numbers depend on seed and step alone."""
    now, average, random = state["now"], state["average"], generator(seed, 1, step)
    assert isinstance(now, Learner)
    now.train()
    torch.manual_seed(int(random.initial_seed()))  # For dropout.
    rows = points[torch.randint(len(points), (batch,), generator=random)]
    loss = now.losses(w[rows], random).mean()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(now.parameters(), 1.0)
    optimizer.step()
    kept = min(AVERAGED, (1 + step) / (10 + step))
    with torch.no_grad():
        torch._foreach_lerp_(list(average.parameters()), list(now.parameters()), 1 - kept)
    return float(loss.detach())


def _round(state: nn.ModuleDict, curve: Curve, steps: int, train: float, held_out: Tensor, seed: int) -> Curve:
    """The curve with a round more; the best weights are kept in ``state``."""
    loss = _held_out_loss(state["average"], held_out, seed)
    if not (math.isfinite(loss) and math.isfinite(train)):
        return Curve(curve.rounds, curve.best, diverged=True)
    rounds = [*curve.rounds, (steps, train, loss)]
    if loss < curve.rounds[curve.best][2]:
        state["best"].load_state_dict(state["average"].state_dict())
        return Curve(rounds, len(rounds) - 1)
    return Curve(rounds, curve.best)


def _held_out_loss(network: nn.Module, held_out: Tensor, seed: int) -> float:
    assert isinstance(network, Learner)
    network.eval()
    return network.held_out_loss(held_out, seed)
