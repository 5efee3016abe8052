"""The description with which an exported model can be adopted again."""

from __future__ import annotations

from typing import Any

import yaml

from tasks.autoencoder.adopted import AdoptedConfig
from tasks.autoencoder.conventions import MODEL

_UNIT = "{layout: NCHW, range: [0, 1], order: RGB}"
DESCRIPTION_OF_OURS = f"encoder: encoder.onnx\ndecoder: decoder.onnx\npixels: {_UNIT}\noutput: {_UNIT}\n"
"""Of a model that was trained here."""


KEPT = ("latent", "latent_output", "image_size", "variational", "output", "trust")
"""Fields that a description has under the same names."""


def description_of(config: AdoptedConfig) -> str:
    """Of a model that was adopted as ONNX files."""
    fields: dict[str, Any] = {
        "encoder": f"encoder/{MODEL}",
        "decoder": f"decoder/{MODEL}",
        **config.model_dump(mode="json", include=set(KEPT)),
        "pixels": config.pixels.model_dump(mode="json", exclude={"logits"}),
    }
    return yaml.safe_dump(fields, sort_keys=False)
