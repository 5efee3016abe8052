"""Encoding as a Prefect task."""

from __future__ import annotations

from tasks.encoding.config import EncodeConfig
from tasks.progress import Progress
from tasks.step import Workplace
from tasks.task import Facts, show_image, stage_task


@stage_task("encode", "Encode every image of every partition into its latent point.")
def encode_task(workplace: Workplace, progress: Progress) -> Facts:
    """Encode all images, then show some with their reconstructions."""
    from tasks.encoding.encode import encode
    from tasks.reporting.previews import reconstruction_sheet

    config = workplace.step.config
    assert isinstance(config, EncodeConfig)
    dataset, model = workplace.input("dataset"), workplace.input("model")
    facts = encode(dataset, model, config, workplace.out, progress)
    picture = reconstruction_sheet(dataset, workplace.out, model)
    show_image("reconstructions", picture, "Held-out images above their reconstructions")
    return facts
