"""A comparison's configuration: what all studies share, the axes of the grid, and the studies that follow."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from flows.config import PRESETS, StudyConfig, merged_study, nested, read_yaml
from flows.groups import known_fields
from tasks.comparing.config import Member
from tasks.stage.config import StageConfig, machine_field
from tasks.stage.errors import InputError

DATA = "data"
"""The axis that is no setting of a stage: the images."""

MOST = 500
"""Studies in one comparison."""


class CompareConfig(StageConfig):
    """Which studies are compared: every combination of the axes' values over what all share, and single ones beside."""

    name: str = Field("comparison", pattern=r"^[a-z0-9][a-z0-9 _-]{0,60}$", description="Name of the comparison.")
    preset: str | None = Field(None, description=f"{', '.join(PRESETS)}; by default demo if there are no data.")
    data: str | None = Field(
        None, description="The images of all studies, as for run --data; by default synthetic faces."
    )
    base: dict[str, Any] = Field({}, description="Settings that all studies share, by stage, as in a study's file.")
    grid: dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]] = Field(
        {}, description="The axes (stage.field, or data), each with its values; every combination is a study."
    )
    also: tuple[dict[str, Any], ...] = Field(
        (), description="Single studies besides the grid: for each, the settings in which it differs from base."
    )
    reports: bool = Field(False, description="Whether to write a report for each study too.")
    significance: float = Field(0.05, gt=0, lt=1, description="Significance level for attributing a figure to an axis.")
    stable: float = Field(
        0.05, gt=0, lt=1, description="Relative spread over all studies below which a figure is called stable."
    )
    dpi: int = Field(144, ge=50, le=300, description="Resolution of the plots, pixels per inch.")
    parallel: int | None = machine_field(
        None, ge=1, le=64, description="Studies to run at once; by default as many as the machine has room for."
    )

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, preset: str | None) -> str | None:
        if preset is not None and preset not in PRESETS:
            raise ValueError(f"unknown preset {preset!r}; choose from {', '.join(PRESETS)}")
        return preset

    @field_validator("grid")
    @classmethod
    def _known_axes(cls, grid: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        for axis, values in grid.items():
            check_axis(axis)
            if repeated := [value for place, value in enumerate(values) if value in values[:place]]:
                raise ValueError(f"{axis}: {repeated[0]!r} is listed twice; list each value once")
        return grid

    @field_validator("also")
    @classmethod
    def _known_single(cls, also: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        for single in also:
            for axis in single:
                check_axis(axis)
        return also


def check_axis(axis: str) -> None:
    """Raise ``ValueError`` that lists the known ones unless ``axis`` is a setting of a stage, or the data."""
    if axis == DATA:
        return
    *groups, field = axis.split(".")
    known = known_fields(tuple(groups))
    if not groups or field not in known:
        there = known if groups and known else [f"{DATA}", *(f"{stage}.…" for stage in StudyConfig.model_fields)]
        raise ValueError(f"{axis}: no such setting; choose from {', '.join(there)}")


def load_compare_config(file: Path, **changes: Any) -> CompareConfig:
    """The configuration in a YAML file, ``changes`` made to it. Raises ``InputError`` that names the field."""
    try:
        return CompareConfig.model_validate({**read_yaml(file), **changes})
    except ValidationError as error:
        raise InputError(f"{file}: {_explained(error)}") from error


def _explained(error: ValidationError) -> str:
    known = sorted(CompareConfig.model_fields)
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"{name}: no such setting; choose from {', '.join(known)}")
        elif problem["type"] == "too_short":
            lines.append(f"{name}: give at least one value, or omit the axis")
        else:
            message = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name}: {message}" if name in known or "Value error" not in problem["msg"] else message)
    return "; ".join(lines)


@dataclass(frozen=True)
class Configuration:
    """One study of a comparison: its name and place on the axes, its settings and its images."""

    member: Member
    study: StudyConfig
    data: str | None

    @property
    def name(self) -> str:
        """What it is called, such as ``latent_dim=64 seed=1``."""
        return self.member.name


def configurations(config: CompareConfig) -> tuple[Configuration, ...]:
    """Every study of the comparison, in the order of the grid. Raises ``InputError`` that names study and field."""
    for axis in config.grid:
        if axis != DATA and _has(config.base, axis.split(".")):
            raise InputError(f"{axis} is set in base and is also an axis of the grid: remove one of them")
    if DATA in config.grid and config.data is not None:
        raise InputError("data is set and is also an axis of the grid: remove one of them")
    chosen = list(_choices(config))
    if not 2 <= len(chosen) <= MOST:
        count = f"{len(chosen)} {'study' if len(chosen) == 1 else 'studies'}"
        raise InputError(f"'grid' and 'also' define {count}; a comparison needs 2 to {MOST}")
    axes = list(dict.fromkeys(axis for values in chosen for axis in values))
    titles = _titles(axes)
    given = {axis: [values[axis] for values in chosen if axis in values] for axis in axes}
    return tuple(_configuration(config, titles, given, values) for values in chosen)


def check_members(members: Iterable[Configuration], reports: bool) -> None:
    """Raise ``InputError`` that names the study if its images cannot be ingested or are too few; nothing is decoded."""
    from flows.image_counts import check_images

    checked: set[str] = set()
    for member in members:
        study = member.study
        asked = json.dumps([member.data, study.synthesize.identity(), study.ingest.identity(), study.assess.repeats])
        if asked not in checked:
            checked.add(asked)
            try:
                check_images(study, member.data, "report" if reports else "assess")
            except InputError as error:
                raise InputError(f"the study {member.name}: {error}") from error


def _choices(config: CompareConfig) -> Iterator[dict[str, Any]]:
    if config.grid:
        for values in itertools.product(*config.grid.values()):
            yield dict(zip(config.grid, values, strict=True))
    yield from config.also


def _titles(axes: list[str]) -> dict[str, str]:
    """The last part of each axis's name where no other ends so."""
    last = [axis.rpartition(".")[2] for axis in axes]
    return {axis: name if last.count(name) == 1 else axis for axis, name in zip(axes, last, strict=True)}


def _configuration(
    config: CompareConfig, titles: Mapping[str, str], given: Mapping[str, list[Any]], values: Mapping[str, Any]
) -> Configuration:
    """``titles``: of the axes; ``given``: the values of all studies on each axis; ``values``: of this one."""
    axes = list(titles)
    data = values.get(DATA, config.data)
    settings = [nested(axis, value) for axis, value in values.items() if axis != DATA]
    preset = config.preset or ("demo" if config.data is None and DATA not in axes else None)
    name = (
        " ".join(f"{titles[axis]}={_written(values[axis], given[axis])}" for axis in axes if axis in values) or "base"
    )
    try:
        study = merged_study(preset, [config.base, *settings])
    except InputError as error:
        raise InputError(f"the study {name}: {error}") from error
    placed = {axis: data if axis == DATA else _at(study, axis.split(".")) for axis in axes}
    return Configuration(Member(name=name, values=placed), study, data)


def _written(value: Any, others: Sequence[Any] = ()) -> str:
    """A value in a study's name; of a path the last part, unless that of one of ``others`` is the same."""
    if isinstance(value, list | tuple):
        return "-".join(map(_written, value))
    if isinstance(value, str):
        name = _last_part(value)
        same = any(isinstance(other, str) and other != value and _last_part(other) == name for other in others)
        return value if same else name
    return "synthetic" if value is None else str(value)


def _last_part(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _at(study: StageConfig, path: list[str]) -> Any:
    """The value that a study really has at a path, as JSON types; one that is left out of ``also`` has it too."""
    value: Any = study.model_dump(mode="json")
    for part in path:
        value = value[part]
    return tuple(value) if isinstance(value, list) else value


def _has(values: Mapping[str, Any], path: list[str]) -> bool:
    inside: Any = values
    for part in path:
        if not isinstance(inside, Mapping) or part not in inside:
            return False
        inside = inside[part]
    return True
