"""Encoding as a Prefect task."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.encoding.config import EncodeConfig
from tasks.stage.step import StageContext
from tasks.stage.task import Facts, show_image, stage_task


def _show(context: StageContext, facts: Facts) -> None:
    from tasks.encoding.preview import reconstruction_sheet

    picture = reconstruction_sheet(context.input("dataset"), context.out, context.input("model"))
    show_image("reconstructions", picture, "Held-out images above their reconstructions")


@stage_task("encode", "Encode every image of every partition into its latent point.", _show)
def encode_task(context: StageContext, progress: Progress) -> Facts:
    """Encode all images."""
    from tasks.encoding.encode import encode

    step = context.step
    assert isinstance(step.config, EncodeConfig)
    return encode(context.input("dataset"), context.input("model"), step.config, context.out, progress, step.dask)
