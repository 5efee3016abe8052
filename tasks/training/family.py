"""The base of all families of autoencoders: how the encoder's output is turned into z, and the penalty on it.

Every family has the same encoder, decoder, images and schedule, and gives the same artifact: a latent point
per image, and an image per latent point. They differ in training alone, each in a file of ``tasks/training/families``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from tasks.stage.config import StageConfig
from tasks.stage.registry import Registered

if TYPE_CHECKING:
    # For the configuration too, which must not wait for torch: families compute with tensors' own methods.
    import torch


class FamilyConfig(StageConfig):
    """A family's own settings; none unless it says so."""


Settings = TypeVar("Settings", bound=FamilyConfig)


class Family(Registered, Generic[Settings]):
    """``title``: what people call it; ``outputs``: encoder outputs per component.

    ``stochastic``: whether a step draws noise.
    """

    config_model: ClassVar[type[FamilyConfig]] = FamilyConfig
    title: ClassVar[str]
    outputs: ClassVar[int] = 1
    stochastic: ClassVar[bool] = False

    def __init__(self, config: Settings) -> None:
        self.config = config

    def latent(self, code: torch.Tensor, noise: torch.Tensor | None) -> torch.Tensor:
        """The z (n, d) that is decoded in training, of the encoder's output ``code`` (n, outputs·d).

        ``noise``: (n, d) standard normal, for a stochastic family.
        """
        return code

    def penalty(self, code: torch.Tensor) -> torch.Tensor | None:
        """What is added to the error of each image, (n,): in units of an error summed over all pixel values."""
        return None

    def decoder_decay(self, weight_decay: float) -> float:
        """The decoder's decoupled weight decay, where the rest has ``weight_decay``."""
        return weight_decay
