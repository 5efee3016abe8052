import numpy as np
import pytest
import torch
from torch import nn

from tasks.training.muon import Muon, orthogonalised


@pytest.mark.parametrize("shape", [(20, 20), (8, 50), (50, 8), (1, 30)])
def test_singular_values_near_one_singular_vectors_kept(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    found = left.T @ orthogonalised(matrix) @ right.T
    kept = values > 0.05 * values[0]
    assert ((found.diagonal()[kept] > 0.6) & (found.diagonal()[kept] < 1.25)).all()
    np.testing.assert_allclose(found - found.diagonal().diag(), 0, atol=1e-8)


def test_it_is_the_iteration_as_published():
    matrix = torch.randn(12, 40, generator=torch.Generator().manual_seed(1))
    expected = matrix / matrix.norm()
    for _ in range(5):
        gram = expected @ expected.T
        expected = 3.4445 * expected + (-4.7750 * gram + 2.0315 * gram @ gram) @ expected
    np.testing.assert_allclose(orthogonalised(matrix), expected, atol=1e-4)
    assert torch.equal(orthogonalised(torch.zeros(3, 4)), torch.zeros(3, 4))


def test_vectors_take_adams_steps():
    ours, theirs = (nn.Parameter(torch.linspace(-1, 1, 7)) for _ in range(2))
    muon = Muon([{"kind": "vector", "params": [ours], "weight_decay": 0.1}], lr=0.01)
    adam = torch.optim.AdamW([theirs], lr=0.01, betas=(0.9, 0.99), weight_decay=0.1)
    for number in range(20):
        for parameter, optimizer in ((ours, muon), (theirs, adam)):
            parameter.grad = torch.sin(parameter.detach() * 3 + number)
            optimizer.step()
    np.testing.assert_allclose(ours.detach(), theirs.detach(), rtol=1e-5)


def test_every_direction_of_an_ill_conditioned_problem_is_learnt():
    scales = torch.logspace(0, -2, 10)
    weights = nn.Parameter(torch.zeros(10, 10))
    muon = Muon([{"kind": "matrix", "params": [weights]}])
    for number in range(200):
        muon.param_groups[0]["lr"] = 0.1 * (1 - number / 200)
        muon.zero_grad()
        ((weights - torch.eye(10)) @ scales.diag()).square().sum().backward()
        muon.step()
    assert (weights.diagonal() - 1).abs().max() < 0.1


def test_a_transposed_kernel_is_the_same_matrix():
    kernel = torch.randn(4, 6, 3, 3, generator=torch.Generator().manual_seed(2))
    gradient = torch.randn(4, 6, 3, 3, generator=torch.Generator().manual_seed(3))
    convolution, transposed = nn.Parameter(kernel.clone()), nn.Parameter(kernel.transpose(0, 1).contiguous())
    convolution.grad, transposed.grad = gradient, gradient.transpose(0, 1)
    Muon([{"kind": "matrix", "params": [convolution]}, {"kind": "transposed", "params": [transposed]}], lr=0.1).step()
    assert not torch.equal(convolution, kernel)
    assert torch.equal(transposed.transpose(0, 1), convolution)
