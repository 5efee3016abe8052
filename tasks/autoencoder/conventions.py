"""How a model from elsewhere is stored, and the axes, the range and the colours of its images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from tasks.stage.config import StageConfig

if TYPE_CHECKING:
    # For configurations too, which must not wait for torch.
    import torch

MODEL, WEIGHTS = "model.onnx", "weights.safetensors"
"""The files of a half in its folder of the model's artifact."""

Layout = Literal["NCHW", "NHWC"]
Order = Literal["RGB", "BGR"]


def _pair(limits: Any) -> Any:
    if not isinstance(limits, list | tuple) or len(limits) != 2:
        raise ValueError("two numbers, the values of black and of white, such as [0, 1]")
    return limits


def _ascending(limits: tuple[float, float]) -> tuple[float, float]:
    if not limits[0] < limits[1]:
        raise ValueError("the values of black and of white, in this order, such as [-1, 1]")
    return limits


Range = Annotated[tuple[float, float], BeforeValidator(_pair), AfterValidator(_ascending)]


class Conventions(StageConfig):
    """What an image is to a model: (n, 3, S, S) or (n, S, S, 3), black and white at the ends of ``range``."""

    layout: Layout
    range: Range
    order: Order
    logits: bool = Field(False, description="Whether a sigmoid is still to be applied; the range is then [0, 1].")

    def given(self, images: torch.Tensor) -> torch.Tensor:
        """``images`` (n, 3, S, S) RGB in [0, 1] as the model takes them."""
        low, high = self.range
        return self._arranged(images * (high - low) + low)

    def read(self, pictures: torch.Tensor) -> torch.Tensor:
        """What the model gives as images (n, 3, S, S) RGB, in [0, 1] where it keeps to its range."""
        if self.logits:
            pictures = pictures.sigmoid()
        if self.layout == "NHWC":
            pictures = pictures.permute(0, 3, 1, 2)
        low, high = self.range
        images = (pictures - low) / (high - low)
        return images.flip(1) if self.order == "BGR" else images

    def _arranged(self, images: torch.Tensor) -> torch.Tensor:
        if self.order == "BGR":
            images = images.flip(1)
        return (images.permute(0, 2, 3, 1) if self.layout == "NHWC" else images).contiguous()

    def __str__(self) -> str:
        values = "logits" if self.logits else "[{:g}, {:g}]".format(*self.range)
        return f"{self.layout} {self.order} {values}"
