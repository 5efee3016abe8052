"""What the parameters of every flow have in common: a store without credentials, and the name that a run gets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from prefect.runtime import flow_run
from pydantic import AfterValidator, Field

from flows.config import StudyConfig
from storage.urls import without_credentials

# The pattern is for the server, which checks it before it keeps the parameters of a run.
StoreLocation = Annotated[
    str,
    AfterValidator(without_credentials),
    Field(json_schema_extra={"pattern": r"^(?!\w[\w+.\-]*://([^/]*@|.*[?#]))"}),
]


def run_name() -> str:
    """What a flow run is called before its plan is known, such as ``study img_align_celeba 64x64 z256``."""
    parameters = flow_run.parameters
    return f"{flow_run.flow_name} {subject(parameters['config'], parameters['data'])}"


def subject(config: StudyConfig | dict[str, Any], data: str | None) -> str:
    """What is studied, in a few words: the data's name, the images' side, the components or the adopted model."""
    settings = config if isinstance(config, StudyConfig) else StudyConfig.model_validate(config)
    name = re.sub(r"\s+", " ", Path(data).name) if data else f"{settings.synthesize.count} synthetic"
    side = settings.ingest.image_size
    model = f"z{settings.train.latent_dim}" if settings.adopt.file is None else Path(settings.adopt.file).stem
    return f"{name} {side}x{side} {model}"
