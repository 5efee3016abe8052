"""A standard convolutional autoencoder: stride-2 convolutions, a linear bottleneck, the mirror image back."""

from __future__ import annotations

import math

import torch
from torch import nn

from tasks.autoencoder.config import Activation, AutoencoderConfig, Normalisation, check_image_size
from tasks.autoencoder.custom import custom_half

_ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
}
_LEAKY_SLOPE = 0.01


def _normalisation(kind: Normalisation, channels: int) -> nn.Module:
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    if kind == "group":
        return nn.GroupNorm(math.gcd(channels, 8), channels)
    return nn.Identity()


def _stage(convolution: nn.Module, channels: int, config: AutoencoderConfig) -> nn.Sequential:
    """A convolution to ``channels`` feature maps, normalised and activated."""
    return nn.Sequential(convolution, _normalisation(config.normalisation, channels), _ACTIVATIONS[config.activation]())


def _allocate(network: nn.Module) -> None:
    """Replace the tensors without memory of ``network`` by uninitialised ones on the CPU.

    As ``to_empty`` would, which imports torch's compiler for it and so takes longer than all the rest of a loading.
    """
    for module in network.modules():
        for name, parameter in module.named_parameters(recurse=False):
            setattr(module, name, nn.Parameter(torch.empty(parameter.shape, dtype=parameter.dtype)))
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, torch.empty(buffer.shape, dtype=buffer.dtype))


class Autoencoder(nn.Module):
    """Encoder E and decoder D: images (n, 3, S, S) in [0, 1] to z (n, d) and back, float32.

    Either may be custom (``config.encoder``, ``config.decoder``) and then draws its own weights.

    E: one 4×4 convolution of stride 2 per stage, then a linear map of all features to z. D: a linear map to the
    smallest feature maps, then one 4×4 transposed convolution of stride 2 per stage (kernel divisible by stride, so
    that every pixel is reached by as many taps) and a sigmoid. Plain: nothing variational, and nothing passes from
    E to D but z. With two ``outputs`` per component the encoder's last map has twice as many rows, and z is the first
    half. Weights are drawn from ``seed`` (He et al. 2015, arXiv 1502.01852); without one they are to be loaded.

    Raises ``InputError`` if the image size does not fit the number of stages.
    """

    def __init__(self, config: AutoencoderConfig, seed: int | None = 0) -> None:
        super().__init__()
        self.config = config
        if config.encoder is None or config.decoder is None:
            check_image_size(config.image_size, config.channels)
            if seed is None:
                with torch.device("meta"):
                    self._build(config)
                _allocate(self)
            else:
                self._build(config)
                self._draw_weights(torch.Generator().manual_seed(seed))
        for half in ("encoder", "decoder"):
            if (factory := getattr(config, half)) is not None:
                setattr(self, half, custom_half(factory, config, half, seed or 0))

    def _build(self, config: AutoencoderConfig) -> None:
        widths = config.channels
        side = config.image_size // 2 ** len(widths)
        smallest = (widths[-1], side, side)
        features = math.prod(smallest)
        outputs = config.latent_dim * config.outputs
        bias = config.normalisation == "none"
        # The layers first draw from torch's global generator, whose state must not change here.
        with torch.random.fork_rng(devices=[]):
            down = [
                _stage(nn.Conv2d(before, after, 4, stride=2, padding=1, bias=bias), after, config)
                for before, after in zip((3, *widths[:-1]), widths, strict=True)
            ]
            up = [
                _stage(nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=bias), after, config)
                for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True)
            ]
            self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(features, outputs))
            self.decoder = nn.Sequential(
                nn.Linear(config.latent_dim, features),
                nn.Unflatten(1, smallest),
                *up,
                nn.ConvTranspose2d(widths[0], 3, 4, stride=2, padding=1),
            )

    @torch.no_grad()
    def _draw_weights(self, generator: torch.Generator) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                # Inputs that one output sums: of a transposed convolution only every stride-th tap meets it.
                fan_in = module.weight[0].numel()
                if isinstance(module, nn.ConvTranspose2d):
                    fan_in = module.in_channels * math.prod(module.kernel_size) // math.prod(module.stride)
                gain = 1.0 if isinstance(module, nn.Linear) else math.sqrt(2 / (1 + _LEAKY_SLOPE**2))
                module.weight.normal_(0, gain / math.sqrt(fan_in), generator=generator)
                if module.bias is not None:
                    module.bias.zero_()

    @property
    def image_size(self) -> int:
        """S, pixels."""
        return self.config.image_size

    @property
    def latent_dim(self) -> int:
        """d, components."""
        return self.config.latent_dim

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.parameters()).device

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """z (n, d) of ``images`` (n, 3, S, S) in [0, 1]."""
        code = self.code(images)
        return code if self.config.outputs == 1 else code[:, : self.config.latent_dim]

    def code(self, images: torch.Tensor) -> torch.Tensor:
        """All that the encoder gives for ``images`` (n, 3, S, S) in [0, 1]: (n, outputs·d), z first."""
        code: torch.Tensor = self.encoder(images * 2 - 1)
        return code

    def decode_logits(self, z: torch.Tensor) -> torch.Tensor:
        """What the decoder's sigmoid is applied to, (n, 3, S, S): the form that a stable cross-entropy needs."""
        logits: torch.Tensor = self.decoder(z)
        return logits

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Images (n, 3, S, S) in [0, 1] of ``z`` (n, d)."""
        return torch.sigmoid(self.decode_logits(z).float())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """D(E(images)), (n, 3, S, S) in [0, 1]."""
        return self.decode(self.encode(images))
