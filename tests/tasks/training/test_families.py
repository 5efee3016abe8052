"""The families: their losses in closed form, and what every family keeps: exact resume, one step for any team."""

import filecmp
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.autoencoder.network import Autoencoder
from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig
from tasks.training.families.vae import divergence, split
from tasks.training.registry import FAMILIES
from tasks.training.step import TrainingStep, make_optimizer
from tasks.training.train import train

TINY = {
    "channels": (6, 12), "latent_dim": 8, "epochs": 3, "batch_size": 16, "device": "cpu", "precision": "fp32",
    "memory_format": "contiguous",
}  # fmt: skip
PIXELS = torch.randint(0, 256, (12, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def step_of(**settings: object) -> TrainingStep:
    config = TrainConfig(**{**TINY, **settings})
    return TrainingStep(Autoencoder(config.autoencoder(32), seed=4), config, "fp32", "contiguous")


def test_the_divergence_is_torchs() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, log_variance = (torch.randn(5, 7, generator=generator, dtype=torch.float64) for _ in range(2))
    posterior = Normal(mean, (0.5 * log_variance).exp())
    prior = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    assert torch.allclose(divergence(mean, log_variance), kl_divergence(posterior, prior).sum(dim=1))


def test_the_divergence_by_hand() -> None:
    """Mean 1, variance 1 in one of three components: ½. Variance e in one: ½ (e − 2)."""
    mean, log_variance = torch.zeros(2, 3), torch.zeros(2, 3)
    mean[0, 0], log_variance[1, 2] = 1, 1
    assert divergence(mean, log_variance).tolist() == pytest.approx([0.5, 0.5 * (math.e - 2)])


def test_draws_have_the_posteriors_moments() -> None:
    family = FAMILIES.named("vae")(FAMILIES.named("vae").config_model())
    code = torch.tensor([[1.0, -2.0, math.log(4.0), math.log(0.25)]]).repeat(200_000, 1)
    noise = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(0))
    z = family.latent(code, noise)
    assert z.mean(dim=0).tolist() == pytest.approx([1, -2], abs=0.02)
    assert z.std(dim=0).tolist() == pytest.approx([2, 0.5], rel=0.01)


@pytest.mark.parametrize(("family", "beta"), [("vae", 0.3), ("rae", 0.7)])
def test_the_loss_is_error_and_penalty_summed_over_an_images_pixel_values(family: str, beta: float) -> None:
    """(Σ error + beta · penalty) / pixel values, mean over the images: written out here a second time."""
    step = step_of(family=family, **{family: {"beta": beta}})
    images = PIXELS / 255
    noise = torch.from_numpy(np.random.default_rng([0, 5, 2]).standard_normal((12, 8), np.float32))
    with torch.no_grad():
        code = step.network.train().code(images)
        if family == "vae":
            mean, log_variance = code[:, :8], code[:, 8:]
            z = mean + (log_variance / 2).exp() * noise
            penalty = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
        else:
            z, penalty = code, 0.5 * (code**2).sum(dim=1)
        error = (step.network.decode(z) - images).square().sum(dim=(1, 2, 3))
    expected = ((error + beta * penalty) / images[0].numel()).mean()
    assert step(PIXELS, 0.0, number=5).item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_plain_step_is_the_error_alone() -> None:
    """The same weights, to the bit, as a loop that knows nothing of families."""
    step, config = step_of(), TrainConfig(**TINY)
    other = Autoencoder(config.autoencoder(32), seed=4)
    optimizer = make_optimizer(other, config)
    for _ in range(3):
        step(PIXELS, 0.01)
        optimizer.zero_grad()
        images = PIXELS.to(torch.float32) / 255
        functional.mse_loss(torch.sigmoid(other.decode_logits(other.encode(images))), images).backward()
        for group in optimizer.param_groups:
            group["lr"] = 0.01
        optimizer.step()
    ours, theirs = step.network.state_dict(), other.state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_only_the_decoder_of_a_regularised_autoencoder_decays_more() -> None:
    step = step_of(family="rae", weight_decay=0.01, rae={"decoder_decay": 0.4})
    decay = {id(p): group["weight_decay"] for group in step.optimizer.param_groups for p in group["params"]}
    for name, parameter in step.network.named_parameters():
        kernel = 0.4 if name.startswith("decoder") else 0.01
        assert decay[id(parameter)] == (kernel if parameter.ndim > 1 else 0.0), name
    assert len(decay) == len(list(step.network.parameters()))


def test_a_z_point_of_a_vae_is_the_posteriors_mean() -> None:
    network = step_of(family="vae").network.eval()
    images = PIXELS / 255
    with torch.no_grad():
        assert network.code(images).shape == (12, 16)
        assert torch.equal(network.encode(images), split(network.code(images))[0])


@pytest.mark.parametrize("family", list(FAMILIES.every()))
def test_interrupted_and_continued_it_ends_with_the_same_bits(family: str, blobs: Path, tmp_path: Path) -> None:
    config = TrainConfig(**{**TINY, "family": family})

    def interrupt(done: int, total: int, note: str = "") -> None:
        if done == total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(blobs, config, tmp_path / "interrupted", interrupt)
    assert (tmp_path / "interrupted" / "checkpoint.safetensors").exists()
    for name in ("interrupted", "undisturbed"):
        train(blobs, config, tmp_path / name)
    for name in ("best.safetensors", "last.safetensors", "history.csv", "yardstick.json", "autoencoder.json"):
        assert filecmp.cmp(tmp_path / "interrupted" / name, tmp_path / "undisturbed" / name, shallow=False), name
    loaded = load_autoencoder(tmp_path / "undisturbed")
    assert loaded.config.family == family
    assert loaded.encode(PIXELS / 255).shape == (12, 8)


STEP = """
import sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from tasks.autoencoder.network import Autoencoder
from tasks.training.config import TrainConfig
from tasks.training.losses import EpochLoss
from tasks.training.step import TrainingStep
from tasks.training.team import join, leave

folder = Path(sys.argv[1])
torch.set_num_threads(1)
team = join(folder / "meeting")
config = TrainConfig.model_validate_json((folder / "config.json").read_text())
step = TrainingStep(Autoencoder(config.autoencoder(32), seed=4), config, "fp32", "contiguous", team)
pixels = torch.randint(0, 256, (12, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
losses = []
for number in range(3):
    batch = EpochLoss(team, step.device)
    batch.add(step(pixels[:11], 1e-3, number=number), 11)
    losses.append(batch.last)
state = {name: value.contiguous() for name, value in step.network.state_dict().items()}
save_file({**state, "losses": torch.tensor(losses)}, folder / f"rank{team.rank}")
leave()
"""


def test_two_processes_make_the_step_of_one(tmp_path: Path) -> None:
    """A VAE's noise is the whole batch's, of which each process takes its share: 5 and 6 of 11 images."""
    one = step_of(family="vae")
    losses = [one(PIXELS[:11], 1e-3, number=number).item() for number in range(3)]
    (tmp_path / "config.json").write_text(TrainConfig(**{**TINY, "family": "vae"}).model_dump_json())
    environment = {**os.environ, "WORLD_SIZE": "2", "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STEP, str(tmp_path)],
            env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            cwd=Path(__file__).parents[3],
        )
        for rank in range(2)
    ]
    assert [process.wait(200) for process in processes] == [0, 0]
    for rank in range(2):
        found = load_file(tmp_path / f"rank{rank}")
        assert found.pop("losses").tolist() == pytest.approx(losses, rel=1e-4)
        for name, tensor in one.network.state_dict().items():
            assert torch.allclose(found[name].float(), tensor.float(), rtol=1e-3, atol=1e-4), name


def test_settings_of_other_families_do_not_count() -> None:
    plain = TrainConfig()
    assert TrainConfig(vae={"beta": 3}).identity() == plain.identity()
    assert TrainConfig(family="vae", vae={"beta": 3}).identity() != TrainConfig(family="vae").identity()
    assert plain.module == "tasks.training.families.ae"


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ValueError, match="unknown family 'gan'; choose from ae, vae, rae"):
        TrainConfig(family="gan")
    with pytest.raises(InputError, match="unknown family 'gan'"):
        FAMILIES.named("gan")
