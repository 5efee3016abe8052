import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tasks.compute.epochs import EpochCheckpoint, epoch_order, one_cycle, set_learning_rate


def network_and_optimizer(seed, memory_format=torch.contiguous_format):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    network(torch.zeros(2, 3, 8, 8))
    network = network.to(memory_format=memory_format)
    return network, torch.optim.AdamW(network.parameters(), lr=0.1, fused=True)


def steps(network, optimizer, numbers):
    for number in numbers:
        set_learning_rate(optimizer, one_cycle(number, 10, 0.1))
        images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(number))
        optimizer.zero_grad()
        network(images).square().sum().backward()
        optimizer.step()


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_restored_training_takes_the_same_steps(tmp_path, memory_format):
    undisturbed = network_and_optimizer(0, memory_format)
    steps(*undisturbed, range(10))
    interrupted = network_and_optimizer(0, memory_format)
    steps(*interrupted, range(5))
    EpochCheckpoint(tmp_path).save(4, *interrupted, {"history": [0.1 + 0.2, 1e-300]})
    continued = network_and_optimizer(1, memory_format)
    saved = EpochCheckpoint(tmp_path).restore(*continued)
    assert (saved.epoch, saved.facts) == (4, {"history": [0.1 + 0.2, 1e-300]})
    steps(*continued, range(5, 10))
    for expected, found in zip(undisturbed[0].state_dict().values(), continued[0].state_dict().values(), strict=True):
        assert torch.equal(expected, found)


def test_nothing_saved_and_nothing_left(tmp_path):
    checkpoint = EpochCheckpoint(tmp_path)
    pair = network_and_optimizer(0)
    assert checkpoint.restore(*pair) is None
    checkpoint.save(0, *pair, {})
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]
    checkpoint.remove()
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []


def test_damaged_or_foreign_checkpoint_is_named(tmp_path):
    checkpoint = EpochCheckpoint(tmp_path)
    checkpoint.save(0, *network_and_optimizer(0), {})
    other = nn.Linear(2, 2)
    with pytest.raises(ValueError, match=r"(?s)checkpoint\.safetensors cannot be continued .* delete"):
        checkpoint.restore(other, torch.optim.AdamW(other.parameters()))
    checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors cannot be continued"):
        checkpoint.restore(*network_and_optimizer(0))


@given(st.integers(0, 300), st.integers(0, 2**63 - 1), st.integers(0, 1000))
def test_epoch_order_is_a_permutation_of_its_own(count, seed, epoch):
    order = epoch_order(count, seed, epoch)
    assert np.array_equal(np.sort(order), np.arange(count))
    assert np.array_equal(order, epoch_order(count, seed, epoch))
    if count > 50:
        assert not np.array_equal(order, epoch_order(count, seed, epoch + 1))


@pytest.mark.parametrize("total", [10, 37, 400])
def test_one_cycle_is_torchs(total):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.3, total_steps=total, cycle_momentum=False)
    for step in range(total):
        assert one_cycle(step, total, 0.3) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9, abs=1e-12)
        optimizer.step()
        if step + 1 < total:
            schedule.step()


@given(st.integers(1, 50), st.floats(0, 1))
def test_one_cycle_stays_between_its_ends(total, warm_up):
    for step in range(total):
        assert 0.1 / 250_000 * 0.999 <= one_cycle(step, total, 0.1, warm_up) <= 0.1 * 1.001
