import numpy as np
import pytest
import torch

from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.compute.epochs import one_cycle
from tasks.training.config import TrainConfig
from tasks.training.step import TrainingStep, reconstruction_loss

CONFIG = AutoencoderConfig(image_size=32, channels=(8, 16), latent_dim=20)


@pytest.fixture
def pixels():
    y, x = np.mgrid[:32, :32] / 32
    waves = [np.sin(2 * np.pi * (a * x + b * y)) for a in range(4) for b in range(4)]
    return torch.from_numpy(np.stack([np.stack([wave, -wave, wave**2]) for wave in waves]) * 100 + 128).to(torch.uint8)


def test_losses_are_their_formulas():
    random = torch.Generator().manual_seed(0)
    logits, images = torch.randn(2, 3, 4, 4, generator=random), torch.rand(2, 3, 4, 4, generator=random)
    p, q = torch.sigmoid(logits.double()).numpy(), images.double().numpy()
    expected = {
        "mse": np.mean((p - q) ** 2),
        "mae": np.mean(np.abs(p - q)),
        "bce": -np.mean(q * np.log(p) + (1 - q) * np.log(1 - p)),
    }
    for kind, value in expected.items():
        assert reconstruction_loss(kind, logits, images).item() == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("loss", ["mse", "mae", "bce"])
def test_a_few_images_are_learnt_by_heart(pixels, loss):
    step = TrainingStep(Autoencoder(CONFIG), TrainConfig(loss=loss), "fp32", "contiguous")
    for number in range(150):
        step(pixels, one_cycle(number, 150, 2e-2))
    images = pixels.float() / 255
    assert (step.network.eval()(images) - images).square().mean() < 0.1 * images.var()


def test_mirrored_images_are_what_is_learnt(pixels):
    mirrored = torch.arange(len(pixels)) % 2 == 0
    flipped = torch.where(mirrored[:, None, None, None], pixels.flip(-1), pixels)
    one = TrainingStep(Autoencoder(CONFIG), TrainConfig(), "fp32", "contiguous")
    other = TrainingStep(Autoencoder(CONFIG), TrainConfig(), "fp32", "contiguous")
    assert one(pixels, 1e-3, mirrored) == other(flipped, 1e-3)
    assert other(flipped, 1e-3) != other(pixels, 1e-3)


def test_weights_and_optimizer_stay_in_full_precision(pixels):
    step = TrainingStep(Autoencoder(CONFIG), TrainConfig(), "bf16", "channels_last")
    step(pixels, 1e-3)
    floating = [*step.network.parameters(), *(value for s in step.optimizer.state.values() for value in s.values())]
    assert {tensor.dtype for tensor in floating} == {torch.float32}


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_every_parameter_is_optimized_and_only_kernels_decay(optimizer):
    step = TrainingStep(Autoencoder(CONFIG), TrainConfig(weight_decay=0.3, optimizer=optimizer), "fp32", "contiguous")
    decay = {id(p): group["weight_decay"] for group in step.optimizer.param_groups for p in group["params"]}
    for parameter in step.network.parameters():
        assert decay[id(parameter)] == (0.3 if parameter.ndim > 1 else 0)
