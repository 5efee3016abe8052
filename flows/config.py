"""The study's configuration: the sum of its stages', its presets, and how a file and ``--set`` change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from flows.groups import known_fields, no_such_setting
from tasks.adoption.config import AdoptConfig
from tasks.assessment.config import FEWEST_PER_DRAW, AssessConfig
from tasks.autoencoder.config import check_image_size
from tasks.compute.cluster.config import DaskConfig
from tasks.encoding.config import EncodeConfig
from tasks.ingestion.config import IngestConfig
from tasks.reporting.config import ReportConfig
from tasks.sampling.config import DEFAULT, SampleConfig
from tasks.sampling.order_config import OrderConfig
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError
from tasks.statistics.config import AnalyseConfig
from tasks.synthesis.config import SynthesisConfig
from tasks.training.config import TrainConfig


class StudyConfig(StageConfig):
    """Everything that decides a study's result, a group per stage."""

    synthesize: SynthesisConfig = Field(SynthesisConfig(), description="Synthetic faces, used if no data are given.")
    ingest: IngestConfig = Field(IngestConfig(), description="From image files to one array.")
    train: TrainConfig = Field(TrainConfig(), description="The autoencoder and its training.")
    adopt: AdoptConfig = Field(AdoptConfig(), description="An autoencoder from elsewhere, in place of a trained one.")
    encode: EncodeConfig = Field(EncodeConfig(), description="From images to latent points.")
    analyse: AnalyseConfig = Field(AnalyseConfig(), description="The statistics of the latent points.")
    sample: SampleConfig = Field(SampleConfig(), description="The samplers that draw new points.")
    assess: AssessConfig = Field(AssessConfig(), description="How the decoded faces are scored.")
    order: OrderConfig = Field(OrderConfig(), description="Faces with attributes.")
    report: ReportConfig = Field(ReportConfig(), description="The report.")
    dask: DaskConfig = Field(DaskConfig(), description="Where ingestion, encoding and statistics are computed.")

    @model_validator(mode="before")
    @classmethod
    def _as_the_adopted_model_takes(cls, values: Any) -> Any:
        taken = _taken_from_model(values) if isinstance(values, Mapping) else {}
        return merged([taken, _fields(values)]) if taken else values

    @model_validator(mode="after")
    def _fits_together(self) -> StudyConfig:
        if self.adopt.file is not None:
            _check_model_size(self.adopt, self.ingest)
        elif self.train.encoder is None or self.train.decoder is None:
            check_image_size(self.ingest.image_size, self.train.channels)
        draws = f"{self.assess.repeats} draws (assess.repeats) need at least {FEWEST_PER_DRAW}"
        if self.sample.count < FEWEST_PER_DRAW * self.assess.repeats:
            raise ValueError(f"sample.count: {draws} points each")
        if self.assess.count < FEWEST_PER_DRAW * self.assess.repeats:
            raise ValueError(f"assess.count: {draws} images each")
        return self


def _taken_from_model(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The image size that the model adopted by ``values`` takes, and the samplers with its prior; else nothing."""
    try:
        adopt = AdoptConfig.model_validate(values.get("adopt") or {})
    except ValidationError:  # which the field itself reports
        return {}
    if adopt.file is None:
        return {}
    taken = {"ingest": {"image_size": adopt.model.image_size}} if adopt.model.image_size else {}
    prior = {"sample": {"samplers": [DEFAULT, PRIOR]}} if adopt.model.variational else {}
    return merged([taken, prior])


def _fields(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """``values`` with each stage's configuration as a mapping of what was set."""
    return {
        stage: group.model_dump(exclude_unset=True) if isinstance(group, StageConfig) else group
        for stage, group in values.items()
    }


def _check_model_size(adopt: AdoptConfig, ingest: IngestConfig) -> None:
    side = adopt.model.image_size
    if side is not None and side != ingest.image_size:
        raise ValueError(
            f"ingest.image_size is {ingest.image_size}, but {adopt.file} is a model of {side}×{side} images: omit it"
        )


PRIOR = "standard_normal"
"""The sampler that draws from a variational autoencoder's prior."""

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "demo": {
        "synthesize": {"count": 4000},
        "train": {"latent_dim": 64, "channels": [16, 32, 64, 128], "epochs": 18, "batch_size": 48},
        "analyse": {"normality_points": 500},
        "sample": {
            "count": 450,
            "gaussian_mixture": {"components": [5, 10]},
            "mahalanobis_shell": {"distance": [0.75, 1.0, 1.25]},
        },
        "assess": {"count": 450, "network": {"epochs": 5}},
    },
    "celeba": {
        "ingest": {"image_size": 96},
        "train": {"latent_dim": 256, "channels": [32, 64, 128, 256, 512], "epochs": 40},
        "sample": {"count": 9000},
        "assess": {"count": 9000, "repeats": 5},
    },
    "celeba64": {
        "ingest": {"image_size": 64, "crop": 140},
        "train": {"latent_dim": 64, "channels": [64, 128, 256, 512], "epochs": 60},
        # Each of two draws has 10,000 images, as many as the published distances were measured on.
        "sample": {"count": 20_000, "gaussian_mixture": {"components": [10]}},
        "assess": {"count": 20_000, "repeats": 2},
    },
}


def study_config(preset: str | None = None, file: Path | None = None, settings: Iterable[str] = ()) -> StudyConfig:
    """Build the configuration: defaults, then the preset, then ``file`` (YAML), then ``stage.field=value`` settings.

    Raises ``InputError`` that names the preset, the file, or the field and what it may be.
    """
    return merged_study(preset, setting_layers(file, settings, "train.epochs=20"))


def setting_layers(file: Path | None, settings: Iterable[str], example: str) -> list[Mapping[str, Any]]:
    """``file`` (YAML) and ``settings`` (stage.field=value), each a mapping of stages to fields.

    Raises ``InputError`` that names the file or the setting, and shows an ``example`` of one.
    """
    layers = [] if file is None else [read_yaml(file)]
    for setting in settings:
        path, separator, text = setting.partition("=")
        if not separator:
            raise InputError(f"--set {setting}: expected stage.field=value, such as {example}")
        layers.append(nested(path.strip(), _parse(text, setting)))
    return layers


def merged_study(preset: str | None, layers: Iterable[Mapping[str, Any]]) -> StudyConfig:
    """Defaults, then the preset, then each layer, a mapping of stages to fields. Raises ``InputError`` as above."""
    if preset is not None and preset not in PRESETS:
        raise InputError(f"unknown preset {preset!r}; choose from {', '.join(PRESETS)}")
    given = merged(layers)
    # The model's image size goes over a preset's, but must agree with one that is set.
    values = merged([PRESETS[preset] if preset is not None else {}, _taken_from_model(given), given])
    try:
        return StudyConfig.model_validate(values)
    except ValidationError as error:
        raise InputError(explain(error)) from error


def merged(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested mappings as one, in which a later layer's values take the place of an earlier one's."""
    values: dict[str, Any] = {}
    for layer in layers:
        _merge(values, layer)
    return values


def explain(error: ValidationError, study: type[StageConfig] = StudyConfig) -> str:
    """One line per wrong field of ``study``: its dotted name, what is wrong, and what was given."""
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(no_such_setting(problem["loc"], known_fields(problem["loc"][:-1], study)))
        else:
            wrong = f"{name}: {problem['msg']} (got {problem['input']!r})"
            lines.append(wrong if name else problem["msg"].removeprefix("Value error, "))
    return "; ".join(lines)


def read_yaml(file: Path) -> Mapping[str, Any]:
    """The mapping in a YAML file, empty for an empty file. Raises ``InputError`` that names the file."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the configuration {file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"the configuration {file} is not YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise InputError(f"the configuration {file} must map stages to their settings, such as 'train: {{epochs: 20}}'")
    return content


def _parse(text: str, setting: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"--set {setting}: {text!r} is not a YAML value, such as 20, 0.5, [1, 2] or name") from error


def nested(path: str, value: Any) -> dict[str, Any]:
    """``{"a": {"b": value}}`` for the dotted path ``a.b``."""
    for part in reversed(path.split(".")):
        value = {part: value}
    result: dict[str, Any] = value
    return result


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = dict(value) if isinstance(value, Mapping) else value
