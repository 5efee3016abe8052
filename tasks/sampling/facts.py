"""What a finished study knows of a sampler, for its words and formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tasks.page.wording import percent, short


@dataclass(frozen=True)
class Facts:
    """found: what the sampler's fit found; statistic: an array of the statistics by its name, None if undefined."""

    found: Mapping[str, Any]
    statistic: Callable[[str], npt.NDArray[Any] | None]

    short = staticmethod(short)
    percent = staticmethod(percent)

    def array(self, name: str) -> npt.NDArray[np.float64]:
        """A statistic that is always there, float64."""
        return np.asarray(self.statistic(name), np.float64)

    def number(self, name: str) -> str:
        """A number that the fit found, as one writes it."""
        value = self.found.get(name)
        return short(float(value)) if isinstance(value, int | float) else "–"

    def median(self, name: str) -> str:
        """The median of a statistic, as one writes it."""
        values = self.statistic(name)
        return "–" if values is None else short(float(np.nanmedian(values)))

    def each(self, name: str, words: Callable[[str, Any], str]) -> str:
        """``words`` of each level's label and number of what the fit found; empty where it found none."""
        return "; ".join(words(label, value) for label, value in dict(self.found.get(name) or {}).items())
