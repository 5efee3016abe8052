import math

import pytest
import torch

from tasks.training.losses import BATCHES_AT_ONCE, EpochLoss
from tasks.training.team import ALONE

LOSSES = [(torch.tensor(1 / (number + 1)), 3 + number % 2) for number in range(BATCHES_AT_ONCE + 5)]
CPU, ACCELERATOR = torch.device("cpu"), torch.device("cuda")


def fed(device: torch.device, count: int) -> EpochLoss:
    losses = EpochLoss(ALONE, device)
    for loss, images in LOSSES[:count]:
        losses.add(loss, images)
    return losses


def test_the_mean_is_that_over_all_images():
    images = sum(images for _, images in LOSSES)
    expected = sum(loss.item() * images for loss, images in LOSSES) / images
    assert fed(CPU, len(LOSSES)).mean() == pytest.approx(expected, rel=1e-12)


def test_the_mean_does_not_depend_on_when_losses_are_read():
    assert fed(ACCELERATOR, len(LOSSES)).mean() == pytest.approx(fed(CPU, len(LOSSES)).mean(), rel=1e-12)


def test_a_cpus_losses_are_read_at_once():
    assert fed(CPU, 3).last == pytest.approx(LOSSES[2][0].item())


def test_an_accelerator_is_asked_only_now_and_then():
    for count in (1, BATCHES_AT_ONCE):
        assert fed(ACCELERATOR, count).last == LOSSES[0][0].item()
    read = LOSSES[1 : BATCHES_AT_ONCE + 1]
    expected = sum(loss.item() * images for loss, images in read) / sum(images for _, images in read)
    assert fed(ACCELERATOR, BATCHES_AT_ONCE + 4).last == pytest.approx(expected)


def test_a_loss_that_is_no_number_shows_when_it_is_read():
    losses = fed(ACCELERATOR, 3)
    losses.add(torch.tensor(torch.nan), 3)
    losses.add(torch.tensor(0.1), 3)
    assert math.isnan(losses.mean())
