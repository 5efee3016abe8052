"""Muon: the optimizer that treats a layer's weights as the matrix they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


def orthogonalised(matrix: torch.Tensor) -> torch.Tensor:
    """``matrix`` (a, b) with all its singular values brought near 1 (0.7 to 1.2), its singular vectors kept.

    The quintic Newton–Schulz iteration of Jordan et al. 2024 (kellerjordan.github.io/posts/muon), x ← p(x xᵀ) x. As
    all p(x xᵀ) are polynomials of one Gram matrix they commute: iterating on that small matrix and applying their
    product once is the same at less than half the work.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonalised(matrix.T).T
    scaled = matrix / matrix.norm().clamp_min(1e-12)
    gram = scaled @ scaled.T
    product = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    linear, cubic, quintic = _QUINTIC
    for _ in range(_ITERATIONS):
        polynomial = cubic * gram + quintic * (gram @ gram)
        polynomial.diagonal().add_(linear)
        product = polynomial @ product
        gram = polynomial @ gram @ polynomial
    result: torch.Tensor = product @ scaled
    return result


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for kernels, Adam for vectors; decoupled weight decay.

    A gradient of an ill-conditioned map, which an autoencoder's is (its images' small principal components matter),
    is dominated by few directions; orthogonalising gives every direction the same step. Updates are scaled to
    Adam's usual size, 0.2·√max(a, b) for an (a, b) matrix, so that one learning rate serves both (Liu et al. 2025,
    arXiv 2502.16982, eq. 4). A kernel is the matrix from all its inputs and positions to its outputs.

    ``groups``: parameter groups, each with ``params`` and ``kind``: ``matrix``, ``transposed`` (the output is the
    second dimension, as in a transposed convolution) or ``vector``.
    """

    def __init__(
        self,
        groups: Iterable[Mapping[str, Any]],
        lr: float = 1e-3,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99),
        eps: float = 1e-8,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "betas": betas, "eps": eps, "weight_decay": 0.0}
        super().__init__([dict(group) for group in groups], defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step from the gradients that the parameters hold."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                update = self._adam if group["kind"] == "vector" else self._orthogonal
                parameter.add_(update(parameter, group), alpha=-group["lr"])

    def _orthogonal(self, parameter: torch.Tensor, group: dict[str, Any]) -> torch.Tensor:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        assert parameter.grad is not None
        state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
        nesterov = parameter.grad.lerp(state["momentum"], group["momentum"])
        outputs_first = nesterov.transpose(0, 1) if group["kind"] == "transposed" else nesterov
        matrix = outputs_first.flatten(1)
        scale = 0.2 * max(matrix.shape) ** 0.5
        update: torch.Tensor = (orthogonalised(matrix) * scale).reshape(outputs_first.shape)
        return update.transpose(0, 1) if group["kind"] == "transposed" else update

    def _adam(self, parameter: torch.Tensor, group: dict[str, Any]) -> torch.Tensor:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["mean"], state["square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        assert parameter.grad is not None
        state["step"] += 1
        step, (beta_1, beta_2) = int(state["step"]), group["betas"]
        state["mean"].lerp_(parameter.grad, 1 - beta_1)
        state["square"].lerp_(parameter.grad.square(), 1 - beta_2)
        root: torch.Tensor = (state["square"] / (1 - beta_2**step)).sqrt_().add_(group["eps"])
        mean: torch.Tensor = state["mean"] / (1 - beta_1**step)
        return mean / root
