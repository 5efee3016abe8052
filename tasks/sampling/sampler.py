"""The base of all samplers: a configuration with swept parameters, a fit, and draws from a seed.

To add one, write a module in ``tasks.sampling.samplers`` that defines one subclass of ``Sampler``. Its module's name is
its name everywhere. What else is known of it stands on the class too: what it keeps, its question, its units, the
distance that theory expects, its form for export.
"""

from __future__ import annotations

import hashlib
import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt
from pydantic import Field, JsonValue, ValidationError, model_validator

from tasks.sampling.points import Points
from tasks.stage.config import StageConfig
from tasks.stage.errors import InputError
from tasks.stage.registry import Registered

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.compute.progress import Progress
    from tasks.sampling.about import Kept, Question
    from tasks.sampling.facts import Facts
    from tasks.sampling.form import Form

Value: TypeAlias = float | int | str

Level: TypeAlias = Mapping[str, Any]
"""One ``Value`` for every swept parameter, such as ``{"fact": 1.0}``; empty where nothing is swept."""


def swept(levels: tuple[Value, ...], *, usual: Value, description: str) -> Any:
    """A field whose values are gone through one after another; ``usual`` is the one for a single draw."""
    extra: dict[str, JsonValue] = {"swept": True, "usual": usual}
    return Field(levels, min_length=1, description=description, json_schema_extra=extra)


class SamplerConfig(StageConfig):
    """Configuration of one sampler; the fields made by ``swept`` are its levels, the others are fixed."""

    @classmethod
    def default_level(cls) -> dict[str, Value]:
        """The level for a single draw when none is asked for."""
        extras = {name: field.json_schema_extra for name, field in cls.model_fields.items()}
        return {
            name: cast(Value, extra["usual"])
            for name, extra in extras.items()
            if isinstance(extra, dict) and "swept" in extra
        }

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        """The names of the swept parameters in the order of their declaration."""
        return tuple(cls.default_level())

    @classmethod
    def complete_level(cls, given: Mapping[str, Any]) -> Level:
        """The level that ``given`` asks for, checked; parameters it does not mention have their usual value.

        Raises ``InputError`` that names the parameter.
        """
        unknown = [name for name in given if name not in cls.parameters()]
        if unknown:
            known = ", ".join(cls.parameters()) or "none"
            raise InputError(f"{', '.join(unknown)}: not swept by this sampler; its parameters: {known}")
        try:
            (level,) = cls(**{name: (value,) for name, value in {**cls.default_level(), **given}.items()}).levels()
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError(f"{first['loc'][0]}={first['input']}: {first['msg']}") from error
        return level

    def levels(self) -> tuple[Level, ...]:
        """The grid of all swept parameters, the last one changing fastest; one empty level where nothing is swept."""
        names = self.parameters()
        return tuple(
            dict(zip(names, values, strict=True)) for values in itertools.product(*(getattr(self, n) for n in names))
        )

    def base_sampler(self) -> str | None:
        """The name of the sampler whose draws this one starts from, if it does."""
        return None

    @model_validator(mode="after")
    def _levels_differ(self) -> SamplerConfig:
        for name in self.parameters():
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} has the same level twice: {values}; give each once")
        return self


def level_label(level: Level) -> str:
    """The name of a level: ``fact=1.0``, ``k=20,bandwidth=1.0``, or ``all`` where nothing is swept."""
    return ",".join(f"{name}={value}" for name, value in level.items()) or "all"


def generator(seed: int, *words: str) -> np.random.Generator:
    """The random generator that belongs to ``seed`` and ``words``, such as a sampler's name and a level's label.

    Named rather than numbered, so that a level draws the same points whatever other levels there are.
    """
    digest = hashlib.blake2b("\n".join(words).encode(), digest_size=16).digest()
    return np.random.default_rng(np.random.SeedSequence([seed, int.from_bytes(digest, "big")]))


def draw_generator(kind: type[Sampler[Any]], name: str, level: Level, seed: int) -> np.random.Generator:
    """The random generator of one level of the sampler ``kind`` called ``name``."""
    return generator(seed, name, "all levels" if kind.same_draws else level_label(level))


ConfigT = TypeVar("ConfigT", bound=SamplerConfig)


class Sampler(Registered, ABC, Generic[ConfigT]):
    """A way to draw latent points, fitted to the training points; in order from the naive to the informed."""

    config_model: ClassVar[type[SamplerConfig]]

    same_draws: ClassVar[bool] = False
    """Whether all levels start from the same random numbers, so that they show what a level does to one face."""

    kept: ClassVar[Kept | None] = None
    """What must be kept of the training points to draw; None: the report does not say."""

    question: ClassVar[Question | None] = None
    """What it was made to answer, if it is to be compared with another as planned."""

    remark: ClassVar[str] = ""
    """A few words beside its faces where draws are shown together."""

    reference_case: ClassVar[bool] = False
    """Whether it is the draw that others are measured by; at most one sampler is."""

    prior: ClassVar[bool] = False
    """Whether it draws from what would be the prior if the encoder had one; at most one sampler does."""

    rung: ClassVar[tuple[int, str] | None] = None
    """Its place among densities, each of which knows more than those before, and what it adds, in words."""

    learned: ClassVar[bool] = False
    """Whether its fit is a training of minutes: drawn from only where asked for, and fitted once for all draws."""

    on_request: ClassVar[bool] = False
    """Whether it is drawn from only where it is named, though it needs no training."""

    base: Sampler[Any]
    """The sampler that the configuration names as its base, fitted; only where it does."""

    def __init__(self, points: Points, config: ConfigT, seed: int) -> None:
        """Fit to ``points``; ``seed`` decides whatever is random in the fit."""
        self.points = points
        self.config = config
        self.seed = seed

    def learn(self, folder: Path | None, progress: Progress) -> None:
        """Do what of the fit is a training, or load it from ``folder``; nothing to do for most."""
        return

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int, level: Level) -> npt.NDArray[np.float32]:
        """Draw z of shape (count, d), float32, at one attainable ``level``; the rows have no order."""

    def log_density(self, z: npt.NDArray[np.float64], level: Level) -> npt.NDArray[np.float64] | None:
        """log density in nats of each of ``z`` (n, d) at an attainable ``level``, (n,) float64; None: it has none.

        With respect to Lebesgue measure in the space of the components that vary; see ``tasks.sampling.density``.
        """
        return None

    def attainable(self, level: Level) -> Level:
        """What ``level`` comes to on these points, such as fewer neighbours where there are fewer points.

        A level is drawn, scored and exported under the name of what it comes to, never of what was asked for.
        """
        return level

    def limit(self) -> str:
        """Why a level may come to less than it says, with the numbers: ``the training points have 16 main axes``.

        Empty for a sampler that can have every level.
        """
        return ""

    def levels(self) -> tuple[Level, ...]:
        """The configured levels as they can be had, in order; those that come to the same are one."""
        return tuple({level_label(level): level for level in map(self.attainable, self.config.levels())}.values())

    def reduced(self) -> dict[str, str]:
        """The labels of the configured levels that cannot be had, each with the label of what it comes to."""
        pairs = ((level_label(level), level_label(self.attainable(level))) for level in self.config.levels())
        return {asked: drawn for asked, drawn in pairs if asked != drawn}

    def usual(self) -> Level:
        """The level for a single draw when none is asked for."""
        return self.attainable(self.config.default_level())

    def requested(self, given: Mapping[str, Any]) -> Level:
        """The level that ``given`` asks for; parameters it does not mention have their usual value, or what can be had.

        Raises ``InputError`` for an unknown parameter, and for a value that it cannot have on these points.
        """
        asked = self.config.complete_level(given)
        level = self.attainable(asked)
        for name in given:
            if level[name] != asked[name]:
                raise InputError(f"{name}={asked[name]} is not possible: {self.limit()}; use {name}={level[name]}")
        return level

    def shortfall(self) -> str:
        """What the fit had to do without on these points, in a sentence that is logged once; empty if nothing."""
        return ""

    def facts(self) -> dict[str, Any]:
        """What the fit found that a reader must know, as JSON; decided by points and configuration alone."""
        return {}

    def form(self, level: Level) -> Form | None:
        """How to draw at an attainable ``level`` without this project; None: a bank of drawn points is exported."""
        return None

    @classmethod
    def units(cls, facts: Facts) -> str:
        """What the levels are measured in and how much that is, in a sentence; empty where nothing is swept."""
        return ""

    @classmethod
    def squared_distance(cls, facts: Facts, level: Level, about: npt.NDArray[np.float64]) -> tuple[float, float] | None:
        """Mean and variance of |z − about|² at a level, as theory expects them; None without a closed form."""
        return None
