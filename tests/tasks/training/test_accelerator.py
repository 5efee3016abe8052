"""A training step on a device that is not the CPU.

Torch's meta device stands for one: it computes no numbers, refuses to combine its tensors with another device's (though
not in a product of matrices), and fails where a value is asked for, for which an accelerator would make a step wait.
"""

import contextlib

import pytest
import torch

from tasks.autoencoder.network import Autoencoder
from tasks.training.config import TrainConfig
from tasks.training.step import TrainingStep


@pytest.fixture
def device(monkeypatch):
    # Autocast knows real devices only.
    monkeypatch.setattr(torch, "autocast", lambda *arguments, **options: contextlib.nullcontext())
    return torch.device("meta")


@pytest.mark.parametrize("memory_format", ["contiguous", "channels_last"])
@pytest.mark.parametrize("family", ["ae", "vae", "rae"])
def test_everything_stays_there_and_nothing_is_waited_for(device, family, memory_format):
    config = TrainConfig(channels=(4, 8), latent_dim=4, family=family)
    network = Autoencoder(config.autoencoder(32)).to(device)
    step = TrainingStep(network, config, "fp32", memory_format)
    pixels = torch.zeros(6, 3, 32, 32, dtype=torch.uint8, device=device)
    mirrored = torch.zeros(6, dtype=torch.bool, device=device)
    for number in range(2):
        assert step(pixels, 1e-3, mirrored, number).device == device
    for state in step.optimizer.state.values():
        # Numbers of steps alone are read, by Python.
        assert {name for name, value in state.items() if value.device != device} <= {"step"}


def test_the_device_refuses_what_it_should(device):
    with pytest.raises(RuntimeError, match="meta"):
        torch.zeros(2, device=device).sum().item()
    with pytest.raises(RuntimeError, match="device"):
        torch.zeros(2, device=device) * torch.zeros(2)
