"""The network in whose features faces are compared: a small convolutional classifier of the data set's attributes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load as tensors_from
from safetensors.torch import save as safetensors_bytes
from torch import nn

from storage.files import read_json, write_bytes
from tasks.autoencoder.folding import fold_stages

CHANNELS = (32, 64, 96, 96)
FEATURES = CHANNELS[-2] + CHANNELS[-1]
BATCH = 64
"""Images whose feature maps fit in the cache of a core; their number changes no bit of a feature."""


class FeatureNetwork(nn.Module):
    """Four convolutions of stride 2; the features are the means of the last two stages' maps, 192 in all.

    Two stages, so that both the parts of a face and what they make together count. ``attributes``: the number of
    outputs of the classifier on top.
    """

    def __init__(self, attributes: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(incoming, outgoing, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outgoing),
                nn.ReLU(),
            )
            for incoming, outgoing in zip((3, *CHANNELS[:-1]), CHANNELS, strict=True)
        )
        self.classifier = nn.Linear(FEATURES, attributes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """(n, 192) features of ``images`` (n, 3, h, w) in [0, 1]."""
        maps = [(images * 2 - 1).to(self.stages[0][0].weight.dtype)]  # type: ignore[index]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return torch.cat([values.mean(dim=(2, 3), dtype=torch.float32) for values in maps[-2:]], dim=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(n, attributes) logits of ``images`` (n, 3, h, w) in [0, 1]."""
        logits: torch.Tensor = self.classifier(self.features(images))
        return logits


@torch.no_grad()
def seeded_network(attributes: int, seed: int) -> FeatureNetwork:
    """The untrained network whose weights depend on ``seed`` alone (He et al. 2015, arXiv 1502.01852, eq. 10).

    Drawn so that activations keep their size from stage to stage; the classifier starts at zero.
    """
    network = FeatureNetwork(attributes)
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.normal_(0, (2 / module.weight[0].numel()) ** 0.5, generator=generator)
        elif isinstance(module, nn.Linear):
            module.weight.zero_()
            module.bias.zero_()
    return network


def to_input(images: npt.NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    """``images`` (n, h, w, 3) uint8 as (n, 3, h, w) float32 in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2).float() / 255


def features_of(network: FeatureNetwork, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Features (n, 192) float32 of ``images`` (n, h, w, 3) uint8; the network must be in eval mode."""
    device = next(network.parameters()).device
    blocks = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    with torch.inference_mode():
        return np.concatenate([network.features(to_input(block, device)).cpu().numpy() for block in blocks])


def save_network(network: FeatureNetwork, folder: Path) -> None:
    """Write ``folder/network.safetensors``."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_bytes(folder / "network.safetensors", safetensors_bytes(state))


def load_network(folder: Path, device: torch.device) -> FeatureNetwork:
    """The network in ``folder`` on ``device``, to take features with: in eval mode, its normalisations folded.

    Its products are of the precision that it was made with, so that all images of a study are looked at alike.
    """
    description = read_json(folder / "network.json")
    network = FeatureNetwork(description["outputs"])
    network.load_state_dict(tensors_from((folder / "network.safetensors").read_bytes()))
    network.eval()
    fold_stages(network.stages)
    dtype = torch.bfloat16 if description["precision"] == "bf16" else torch.float32
    return network.to(device, dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
