"""Encoding as a Prefect task."""

from __future__ import annotations

from tasks.compute.progress import Progress
from tasks.encoding.config import EncodeConfig
from tasks.stage.step import Workplace
from tasks.stage.task import Facts, show_image, stage_task


def _show(workplace: Workplace, facts: Facts) -> None:
    from tasks.encoding.preview import reconstruction_sheet

    picture = reconstruction_sheet(workplace.input("dataset"), workplace.out, workplace.input("model"))
    show_image("reconstructions", picture, "Held-out images above their reconstructions")


@stage_task("encode", "Encode every image of every partition into its latent point.", _show)
def encode_task(workplace: Workplace, progress: Progress) -> Facts:
    """Encode all images."""
    from tasks.encoding.encode import encode

    step = workplace.step
    assert isinstance(step.config, EncodeConfig)
    return encode(workplace.input("dataset"), workplace.input("model"), step.config, workplace.out, progress, step.dask)
