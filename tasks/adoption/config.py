"""Which autoencoder from elsewhere is studied."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field

from tasks.adoption.axes import check_axes
from tasks.adoption.description import Model
from tasks.stage.config import StageConfig, machine_field


class AdoptConfig(StageConfig):
    """An autoencoder that was trained elsewhere, studied in place of a trained one."""

    file: str | None = Field(
        None,
        description="The YAML file that describes an autoencoder that was trained elsewhere; by default one is "
        "trained, and otherwise the settings of train are ignored.",
    )
    device: str = machine_field("auto", description="Device for measuring it: auto, cpu, cuda, cuda:0 or mps.")

    @cached_property
    def model(self) -> Model:
        """The model in ``file``. Raises ``InputError`` for a description or files that cannot be used."""
        assert self.file is not None
        model = Model(Path(self.file))
        check_axes(model)
        return model

    def identity(self) -> dict[str, Any]:
        """The content of the files and what is declared, not where they lie. Raises ``InputError`` as ``model``."""
        return {} if self.file is None else self.model.identity()
