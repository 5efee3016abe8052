"""Muon: the optimizer that treats a layer's weights as the matrix they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5


def orthogonalised(matrix: torch.Tensor) -> torch.Tensor:
    """``matrix`` (a, b) with all its singular values brought near 1 (0.7 to 1.2), its singular vectors kept.

    The quintic Newton–Schulz iteration of Jordan et al. 2024 (kellerjordan.github.io/posts/muon), x ← p(x xᵀ) x.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return matrix @ orthogonaliser(matrix.T)
    return orthogonaliser(matrix) @ matrix


def orthogonaliser(matrix: torch.Tensor) -> torch.Tensor:
    """The symmetric (a, a) matrix whose product with ``matrix`` (a, b), a ≤ b, is ``matrix`` orthogonalised.

    As all p(x xᵀ) are polynomials of one Gram matrix they commute: iterating on that small matrix and applying their
    product once is the same at less than half the work.
    """
    gram = matrix @ matrix.T
    # The trace is the squared Frobenius norm, by which the iteration begins.
    norm = gram.trace().sqrt().clamp_min(1e-12)
    gram = gram / norm.square()
    linear, cubic, quintic = _QUINTIC
    product: torch.Tensor | None = None
    for iteration in range(1, _ITERATIONS + 1):
        polynomial = torch.addmm(gram, gram, gram, beta=cubic, alpha=quintic)
        polynomial.diagonal().add_(linear)
        product = polynomial if product is None else polynomial @ product
        if iteration < _ITERATIONS:
            gram = polynomial @ gram @ polynomial
    assert product is not None
    return product.div_(norm)


def _matrix_order(kernel: torch.Tensor, transposed: bool) -> list[int]:
    """The dimensions of ``kernel``, outputs first and the others as in memory: mostly a matrix without a copy."""
    outputs = int(transposed)
    others = (dimension for dimension in range(kernel.ndim) if dimension != outputs)
    return [outputs, *sorted(others, key=kernel.stride, reverse=True)]


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
            update = self._adam if group["kind"] == "vector" else self._orthogonal
            for parameter in group["params"]:
                if parameter.grad is not None:
                    update(parameter, group)

    def _orthogonal(self, parameter: torch.Tensor, group: dict[str, Any]) -> None:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        assert parameter.grad is not None
        state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
        nesterov = parameter.grad.lerp(state["momentum"], group["momentum"])
        order = _matrix_order(parameter, group["kind"] == "transposed")
        weights, matrix = (tensor.permute(order).flatten(1) for tensor in (parameter, nesterov))
        tall = len(matrix) > matrix.shape[1]
        factors = (matrix, orthogonaliser(matrix.T)) if tall else (orthogonaliser(matrix), matrix)
        size = group["lr"] * 0.2 * max(matrix.shape) ** 0.5
        # Product, step and decay in one pass over the weights.
        weights.addmm_(*factors, beta=1 - group["lr"] * group["weight_decay"], alpha=-size)
        if weights.data_ptr() != parameter.data_ptr():
            parameter.permute(order).copy_(weights.view(parameter.permute(order).shape))

    def _adam(self, parameter: torch.Tensor, group: dict[str, Any]) -> None:
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
        parameter.mul_(1 - group["lr"] * group["weight_decay"]).addcdiv_(mean, root, value=-group["lr"])
