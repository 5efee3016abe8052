"""A finding: a sentence, the numbers that it rests on, and where its figure is."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tasks.page.wording import with_spread


@dataclass(frozen=True)
class Evidence:
    """One number behind a finding, drawn as a bar; ``spread`` is its standard deviation, NaN where unknown."""

    label: str
    value: float
    spread: float = math.nan
    text: str = ""

    @property
    def number(self) -> str:
        """The value as it is written beside its bar."""
        return self.text or with_spread(self.value, self.spread)


@dataclass(frozen=True)
class Finding:
    """``text`` is the claim, ``detail`` says it in numbers, a reason a line; ``section`` is the anchor of its figure.

    ``decided`` is false where the numbers do not tell either way, which the text then says.
    ``pick``: sampler and level that the finding recommends, if it does.
    """

    key: str
    section: str
    text: str
    detail: str = ""
    evidence: tuple[Evidence, ...] = field(default=())
    unit: str = ""
    decided: bool = True
    pick: tuple[str, str] | None = None
