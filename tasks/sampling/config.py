"""Configuration of the sample stage: its own fields, and one sub-configuration for every sampler there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

from pydantic import Field, field_validator, model_validator

from tasks.sampling.registry import SAMPLERS
from tasks.sampling.sampler import SamplerConfig
from tasks.stage.config import StageConfig, machine_field

DEFAULT = "default"
"""Stands for the samplers that need no training, in a list of samplers."""


def unlearned() -> tuple[str, ...]:
    """The samplers that are drawn from unless others are named."""
    return tuple(name for name, kind in SAMPLERS.every().items() if not (kind.learned or kind.on_request))


class SamplingConfig(StageConfig):
    """What all samplers have in common."""

    samplers: tuple[str, ...] = Field(
        default_factory=unlearned,
        min_length=1,
        description="Names of the samplers to draw from; default stands for all that need no training.",
    )
    count: int = Field(900, ge=1, le=100_000, description="Points drawn and decoded per sampler and level.")
    seed: int = Field(1, ge=0, lt=2**63, description="Seed of all fits and draws.")
    neighbours: int = Field(
        5,
        ge=1,
        le=1000,
        description="Nearest training points listed for each drawn point; at most as many as there are.",
    )
    device: str = machine_field("auto", description="Device for decoding: auto, cpu, cuda, cuda:0 or mps.")

    @field_validator("samplers")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = SAMPLERS.names()
        if DEFAULT in names:
            names = (*unlearned(), *(name for name in names if name not in (DEFAULT, *unlearned())))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"unknown sampler {', '.join(map(repr, unknown))}; choose from {', '.join(known)}")
        if len(set(names)) < len(names):
            raise ValueError(f"a sampler is listed twice: {', '.join(names)}; list each once")
        # In the order of tables: the order in which they are named is no part of a result's identity.
        return tuple(name for name in known if name in names)

    @model_validator(mode="after")
    def _bases_stand_alone(self) -> SamplingConfig:
        kinds = SAMPLERS.every()
        free = [name for name in unlearned() if kinds[name].config_model().base_sampler() is None]
        for name in kinds:
            base = self.settings(name).base_sampler() if hasattr(self, name) else None
            if base is not None and base not in free:
                raise ValueError(f"{name}.base: {base!r} cannot be used as a base; choose from {', '.join(free)}")
        return self

    def settings(self, sampler: str) -> SamplerConfig:
        """The sub-configuration of the sampler called ``sampler``."""
        return cast(SamplerConfig, getattr(self, sampler))

    def for_sampler(self, sampler: str) -> dict[str, Any]:
        """The configured values that decide the samples of one sampler and nothing else, as JSON types."""
        return {
            "sampler": sampler,
            "count": self.count,
            "seed": self.seed,
            "neighbours": self.neighbours,
            sampler: self.settings(sampler).identity(),
        }

    def modules(self, sampler: str) -> list[str]:
        """The modules whose code decides the draws of ``sampler``: its own, and that of its base."""
        base = self.settings(sampler).base_sampler()
        return [SAMPLERS.module(name) for name in (sampler, base) if name is not None]


def build_config() -> type[SamplingConfig]:
    """The model with one field per sampler, named after it, so that ``sample.uniform_component.fact`` is a setting."""
    return SAMPLERS.extended("SampleConfig", SamplingConfig, "Which samplers draw how many points at which levels.")


if TYPE_CHECKING:
    SampleConfig: TypeAlias = SamplingConfig
else:
    SampleConfig = build_config()
