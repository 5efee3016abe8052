"""What a sampler drew at all its levels, read when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import zarr

from storage.arrays import open_complete, read_array
from tasks.assessment.tables import level_words

Floats = npt.NDArray[np.floating[Any]]


def _is_number(values: npt.NDArray[Any]) -> bool:
    return values.dtype.kind in "iuf"


def _written(value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{value:g}"


class SweepPosition(NamedTuple):
    """Where a level stands in a sweep: its value of the main parameter, and its values of the others as text."""

    position: float
    family: str


@dataclass(frozen=True)
class SampleSet:
    """One sampler's draws at all its levels."""

    name: str
    path: Path

    @cached_property
    def group(self) -> zarr.Group:
        """The open ``samples.zarr``."""
        return open_complete(self.path / "samples.zarr")

    @cached_property
    def labels(self) -> list[str]:
        """One label a level, such as ``fact=1.0``; a sampler without levels has one, perhaps empty."""
        return [str(label) for label in read_array(self.group, "label")]

    @cached_property
    def swept(self) -> dict[str, npt.NDArray[Any]]:
        """The swept parameters that vary, each with its value at every level: (level,)."""
        names = [str(name) for name in self.group.attrs.get("parameters") or []]  # type: ignore[union-attr]
        values = {name: read_array(self.group, name) for name in names if name in self.group}
        return {name: value for name, value in values.items() if len(np.unique(value)) > 1}

    def level_values(self, level: int) -> dict[str, Any]:
        """The swept parameters at a level, each by its name as ``generate --level`` and ``draw`` take it."""
        names = [str(name) for name in self.group.attrs.get("parameters") or []]  # type: ignore[union-attr]
        values = {name: read_array(self.group, name)[level] for name in names if name in self.group}
        return {name: value if isinstance(value, str) else value.item() for name, value in values.items()}

    @property
    def parameter(self) -> str:
        """The swept parameter with the most values, numbers before words, or an empty string."""
        return max(
            self.swept, key=lambda name: (_is_number(self.swept[name]), len(np.unique(self.swept[name]))), default=""
        )

    def sweep_positions(self) -> dict[str, SweepPosition]:
        """Where each level lies along ``parameter``; empty where nothing that is a number is swept."""
        if not self.parameter or not _is_number(self.swept[self.parameter]):
            return {}
        others = [name for name in self.swept if name != self.parameter]
        return {
            label: SweepPosition(
                float(self.swept[self.parameter][level]),
                ", ".join(f"{name}={_written(self.swept[name][level])}" for name in others),
            )
            for level, label in enumerate(self.labels)
        }

    def title(self, level: int) -> str:
        """The level's label, or words that stand for none."""
        return level_words(self.labels[level]) or "single level"

    def brief(self, level: int) -> str:
        """The level's swept parameters that vary, words without their names: ``kept, strength=0.5``."""
        parts = [
            f"{name}={_written(values[level])}" if _is_number(values) else str(values[level])
            for name, values in self.swept.items()
        ]
        return ", ".join(parts) or self.title(level)

    @cached_property
    def description(self) -> str:
        """One line on what the sampler does; empty where it does not say."""
        return str(self.group.attrs.get("description") or "")

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the sampler's fit found."""
        facts = self.group.attrs.get("facts")
        return dict(facts) if isinstance(facts, dict) else {}

    @cached_property
    def reduced(self) -> dict[str, str]:
        """The labels of configured levels that could not be had, each with the label of what was drawn instead."""
        found = self.group.attrs.get("reduced")
        return {str(asked): str(drawn) for asked, drawn in found.items()} if isinstance(found, dict) else {}

    @property
    def limit(self) -> str:
        """Why levels could not be had; empty where all could."""
        return str(self.group.attrs.get("limit") or "")

    def images(self, level: int, samples: Sequence[int] | slice) -> npt.NDArray[np.uint8]:
        """Decoded images (n, h, w, 3) uint8 of chosen samples of a level."""
        array = self._array("image")
        if isinstance(samples, slice):
            return np.asarray(array[level, samples], np.uint8)
        return np.stack([np.asarray(array[level, int(sample)], np.uint8) for sample in samples])

    def radius(self, level: int) -> Floats:
        """|z| of a level's samples: (sample,) float64."""
        z = np.asarray(self._array("z")[level], np.float64)
        return np.asarray(np.linalg.norm(z, axis=1))

    def values(self, name: str, level: int) -> npt.NDArray[Any] | None:
        """A level's row of an array such as ``euclidean`` or ``neighbour``; None where it was not kept."""
        return np.asarray(self._array(name)[level]) if name in self.group else None

    def _array(self, name: str) -> zarr.Array[Any]:
        array = self.group[name]
        if not isinstance(array, zarr.Array):
            raise ValueError(f"{self.path}/samples.zarr/{name} is not an array; delete {self.path} to redo it")
        return array
