"""Autoencoders by the frameworks that people train them with, trained for seconds and exported as the docs say."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

PAGE = Path(__file__).parents[2] / "docs" / "adopt.md"
SIDE, COMPONENTS = 32, 16

Floats = np.ndarray[Any, np.dtype[np.float32]]


class Trained(NamedTuple):
    """What a framework made: its own z (n, d) and its reconstructions (n, S, S, 3) on the 0–1 scale.

    found: layout, range and logits or not, as they are to be found out, of what it takes and gives.
    """

    z: Floats
    reconstructions: Floats
    takes: tuple[str, tuple[float, float]]
    gives: tuple[str, tuple[float, float], bool]


def snippet(heading: str) -> str:
    """The first Python block below a heading of the page."""
    return re.findall(rf"^### {re.escape(heading)}\n.*?^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)[0]


def run_snippet(heading: str, folder: Path, **names: Any) -> None:
    """Run the page's block in ``folder``."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        exec(compile(snippet(heading), heading, "exec"), dict(names))
    finally:
        os.chdir(before)


def convolutions() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 24, 4, 2, 1), nn.ReLU(), nn.Conv2d(24, 48, 4, 2, 1), nn.ReLU(), nn.Flatten()
    )  # fmt: skip


def upwards(last: nn.Module) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(COMPONENTS, 48 * 64), nn.Unflatten(1, (48, 8, 8)), nn.ReLU(),
        nn.ConvTranspose2d(48, 24, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(24, 3, 4, 2, 1), last,
    )  # fmt: skip


class Plain(nn.Module):
    def __init__(self, last: nn.Module) -> None:
        super().__init__()
        self.encoder = convolutions().append(nn.Linear(48 * 64, COMPONENTS))
        self.decoder = upwards(last)


def fit(parameters: Any, loss: Callable[[torch.Tensor], torch.Tensor], images: torch.Tensor, epochs: int = 30) -> None:
    """Train on ``images`` (n, 3, S, S) in batches of 50."""
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(list(parameters), 3e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(50):
            optimizer.zero_grad()
            loss(images[batch]).backward()
            optimizer.step()


def from_pixels(images: np.ndarray[Any, Any], low: float, high: float) -> torch.Tensor:
    """(n, S, S, 3) uint8 as (n, 3, S, S) float32 from ``low`` to ``high``."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255 * (high - low) + low


def on_unit_scale(pictures: torch.Tensor, low: float, high: float) -> Floats:
    """(n, 3, S, S) from ``low`` to ``high`` as (n, S, S, 3) from 0 to 1; what lies outside is cut."""
    found: Floats = ((pictures - low) / (high - low)).clamp(0, 1).permute(0, 2, 3, 1).numpy()
    return found


def pytorch(images: np.ndarray[Any, Any], folder: Path) -> Trained:
    """Logits, trained by cross-entropy."""
    torch.manual_seed(1)
    x, model = from_pixels(images, -1, 1), Plain(nn.Identity())

    def loss(batch: torch.Tensor) -> torch.Tensor:
        return nn.functional.binary_cross_entropy_with_logits(model.decoder(model.encoder(batch)), batch / 2 + 0.5)

    fit(model.parameters(), loss, x)
    run_snippet("PyTorch", folder, model=model, images=x[:2])
    with torch.inference_mode():
        z = model.encoder(x)
        decoded = model.decoder(z).sigmoid()
    return Trained(z.numpy(), on_unit_scale(decoded, 0, 1), ("NCHW", (-1, 1)), ("NCHW", (0, 1), True))


class PyTorchVAE(nn.Module):
    """As ``VanillaVAE`` there: encode gives [mu, log_var], decode ends in tanh."""

    def __init__(self) -> None:
        super().__init__()
        self.features = convolutions()
        self.fc_mu, self.fc_var = nn.Linear(48 * 64, COMPONENTS), nn.Linear(48 * 64, COMPONENTS)
        self.decoder = upwards(nn.Tanh())

    def encode(self, images: torch.Tensor) -> list[torch.Tensor]:
        features = self.features(images)
        return [self.fc_mu(features), self.fc_var(features)]

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.decoder(z)
        return found


def pytorch_vae(images: np.ndarray[Any, Any], folder: Path) -> Trained:
    """[−1, 1] on both sides, mean first of two outputs."""
    torch.manual_seed(2)
    x, model = from_pixels(images, -1, 1), PyTorchVAE()

    def loss(batch: torch.Tensor) -> torch.Tensor:
        mean, log_variance = model.encode(batch)
        z = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
        return nn.functional.mse_loss(model.decode(z), batch) + 2e-4 * divergence

    fit(model.parameters(), loss, x, 40)
    run_snippet("PyTorch-VAE", folder, model=model, images=x[:2])
    with torch.inference_mode():
        z = model.encode(x)[0]
        decoded = model.decode(z)
    return Trained(z.numpy(), on_unit_scale(decoded, -1, 1), ("NCHW", (-1, 1)), ("NCHW", (-1, 1), False))


NETWORK = """
from torch import nn

def encoder():
    return nn.Sequential(
        nn.Conv2d(3, 24, 4, 2, 1), nn.ReLU(), nn.Conv2d(24, 48, 4, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(3072, 16)
    )

def decoder():
    return nn.Sequential(
        nn.Linear(16, 3072), nn.Unflatten(1, (48, 8, 8)), nn.ReLU(), nn.ConvTranspose2d(48, 24, 4, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(24, 3, 4, 2, 1), nn.Sigmoid(),
    )
"""


def lightning(images: np.ndarray[Any, Any], folder: Path) -> Trained:
    """A checkpoint's weights, and factories in a module of the current folder."""
    from lightning.pytorch import LightningModule, Trainer

    torch.manual_seed(3)
    x = from_pixels(images, 0, 1)

    class Network(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = Plain(nn.Sigmoid())

        def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
            return nn.functional.mse_loss(self.model.decoder(self.model.encoder(batch[0])), batch[0])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), 3e-3)

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x), 50, shuffle=True)
    trainer = Trainer(
        max_epochs=30, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    network = Network()
    trainer.fit(network, loader)
    trainer.save_checkpoint(folder / "last.ckpt")
    run_snippet("Lightning", folder)
    (folder / "network.py").write_text(NETWORK)
    text = re.findall(r"^### Lightning\n.*?^```yaml\n(.*?)^```$", PAGE.read_text(), re.M | re.S)[0]
    (folder / "mine.yaml").write_text(text)
    with torch.inference_mode():
        z = network.model.encoder(x)
        decoded = network.model.decoder(z)
    return Trained(z.numpy(), on_unit_scale(decoded, 0, 1), ("NCHW", (0, 1)), ("NCHW", (0, 1), False))


def keras(images: np.ndarray[Any, Any], folder: Path) -> Trained:
    """Channels last, bytes as they are going in, and [0, 1] coming out."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    from keras import layers

    keras.utils.set_random_seed(4)
    encoder = keras.Sequential(
        [
            layers.Input((SIDE, SIDE, 3)), layers.Rescaling(1 / 255),
            layers.Conv2D(24, 4, 2, "same", activation="relu"),
            layers.Conv2D(48, 4, 2, "same", activation="relu"), layers.Flatten(), layers.Dense(COMPONENTS),
        ]
    )  # fmt: skip
    decoder = keras.Sequential(
        [
            layers.Input((COMPONENTS,)), layers.Dense(48 * 64, activation="relu"), layers.Reshape((8, 8, 48)),
            layers.Conv2DTranspose(24, 4, 2, "same", activation="relu"),
            layers.Conv2DTranspose(3, 4, 2, "same", activation="sigmoid"),
        ]
    )  # fmt: skip
    whole = keras.Model(encoder.inputs, decoder(encoder.outputs[0]))
    whole.compile(keras.optimizers.Adam(3e-3), "mse")
    x = images.astype(np.float32)
    whole.fit(x, x / 255, batch_size=50, epochs=30, verbose=0)
    halves = type("Halves", (), {"encoder": encoder, "decoder": decoder})
    run_snippet("Keras 3", folder, model=halves, images=x[:2])
    z = encoder.predict(x, verbose=0)
    return Trained(z, decoder.predict(z, verbose=0), ("NHWC", (0, 255)), ("NHWC", (0, 1), False))


def _pythae(images: np.ndarray[Any, Any], folder: Path, kind: str) -> Trained:
    from pythae.models import AE, VAE, AEConfig, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    torch.manual_seed(5)
    x = from_pixels(images, 0, 1)

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.features, self.mean = convolutions(), nn.Linear(48 * 64, COMPONENTS)
            self.log_variance = nn.Linear(48 * 64, COMPONENTS)

        def forward(self, given: torch.Tensor) -> ModelOutput:
            features = self.features(given)
            return ModelOutput(embedding=self.mean(features), log_covariance=self.log_variance(features))

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = upwards(nn.Sigmoid())

        def forward(self, z: torch.Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=self.layers(z))

    make, config = (AE, AEConfig) if kind == "ae" else (VAE, VAEConfig)
    model = make(config(input_dim=(3, SIDE, SIDE), latent_dim=COMPONENTS), Encoder(), Decoder())
    fit(model.parameters(), lambda batch: model({"data": batch}).loss / 1000, x, 30)
    run_snippet("pythae", folder, model=model, images=x[:2])
    with torch.inference_mode():
        z = model.encoder(x).embedding
        decoded = model.decoder(z).reconstruction
    return Trained(z.numpy(), on_unit_scale(decoded, 0, 1), ("NCHW", (0, 1)), ("NCHW", (0, 1), False))


def pythae_ae(images: np.ndarray[Any, Any], folder: Path) -> Trained:
    """Its plain autoencoder."""
    return _pythae(images, folder, "ae")


def pythae_vae(images: np.ndarray[Any, Any], folder: Path) -> Trained:
    """Its VAE, whose ``embed`` draws at random."""
    found = _pythae(images, folder, "vae")
    (folder / "mine.yaml").write_text("encoder: encoder.onnx\ndecoder: decoder.onnx\nvariational: yes\n")
    return found


def diffusers(images: np.ndarray[Any, Any], folder: Path) -> Trained:
    """AutoencoderKL with latents of 4×8×8: linear, unclipped, [−1, 1]."""
    from diffusers import AutoencoderKL

    torch.manual_seed(6)
    x = from_pixels(images, -1, 1)
    model = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 32, 32),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=SIDE,
    )

    def loss(batch: torch.Tensor) -> torch.Tensor:
        posterior = model.encode(batch).latent_dist
        return nn.functional.mse_loss(model.decode(posterior.sample()).sample, batch) + 1e-6 * posterior.kl().mean()

    fit(model.parameters(), loss, x, 20)
    run_snippet("diffusers' AutoencoderKL", folder, model=model, images=x[:2])
    (folder / "mine.yaml").write_text("encoder: encoder.onnx\ndecoder: decoder.onnx\nvariational: yes\n")
    with torch.inference_mode():
        z = torch.cat([model.encode(part).latent_dist.mean for part in x.split(50)])
        decoded = torch.cat([model.decode(part).sample for part in z.split(50)])
    return Trained(z.flatten(1).numpy(), on_unit_scale(decoded, -1, 1), ("NCHW", (-1, 1)), ("NCHW", (-1, 1), False))


FRAMEWORKS: dict[str, Callable[[np.ndarray[Any, Any], Path], Trained]] = {
    "pytorch": pytorch,
    "pytorch-vae": pytorch_vae,
    "lightning": lightning,
    "keras": keras,
    "pythae-ae": pythae_ae,
    "pythae-vae": pythae_vae,
    "diffusers": diffusers,
}
