"""Findings about densities in planes."""

from __future__ import annotations

import math
from typing import NamedTuple

from tasks.finished.numbers import Numbers, at
from tasks.page.finding import Finding
from tasks.page.wording import percent

RANK = 65
CLOSE = 0.02
"""Difference of shares that does not matter to a reader."""

COARSE = 0.1
"""Difference of shares that a reader would want to know of."""
SURE = 4.0
"""Standard errors of a share of so many points beyond which a difference is not put down to chance."""

NAMES = {
    "correlation": "the most strongly correlated components",
    "offset": "the components that carry the offset",
    "axes": "the first main axes",
}


class _Shares(NamedTuple):
    """Inside 1, 2, 3 sigma: of the points by kind of plane, of normal ones, and how far apart matters or is sure."""

    points: dict[str, list[float]]
    normal: list[float]
    allowed: list[float]

    @property
    def departing(self) -> dict[str, list[float]]:
        """The kinds of planes whose shares differ from a normal distribution's."""
        return {
            kind: own
            for kind, own in self.points.items()
            if any(abs(a - b) > limit for a, b, limit in zip(own, self.normal, self.allowed, strict=True))
        }


def _shares(numbers: Numbers) -> _Shares | None:
    points, normal = (at(numbers.summary, "planes", name) for name in ("mean_share", "normal_share"))
    if not points or not normal:
        return None
    images = at(numbers.summary, "images", "train")
    allowed = [max(CLOSE, SURE * math.sqrt(p * (1 - p) / images) if images else 0.0) for p in normal]
    return _Shares(points, normal, allowed)


def departing(numbers: Numbers) -> dict[str, list[float]] | None:
    """The kinds of planes whose shares differ from a normal distribution's; None where they were not measured."""
    shares = _shares(numbers)
    return None if shares is None else shares.departing


def planes(numbers: Numbers) -> Finding | None:
    """Whether ellipses hold the shares of points that a normal distribution's would."""
    shares = _shares(numbers)
    if shares is None:
        return None
    odd, normal, allowed = shares.departing, shares.normal, shares.allowed
    unsure = not odd and max(allowed) > COARSE
    if unsure:
        text = (
            "So few images do not tell whether ellipses in planes hold as many points as a normal distribution's: "
            f"differences below {percent(max(allowed))} may be chance."
        )
    elif not odd:
        text = "In planes, ellipses of 1, 2 and 3 sigma hold on average as many points as a normal distribution's."
    elif all(own[0] > normal[0] and own[2] < normal[2] for own in odd.values()):
        text = "In planes, points crowd in the middle and stray far out more than a normal distribution's would."
    else:
        text = "In planes, ellipses do not hold the shares of points that a normal distribution's would."
    found = "; ".join(
        f"{NAMES.get(kind, kind)} {percent(own[0])}, {percent(own[1])}, {percent(own[2])}"
        for kind, own in shares.points.items()
    )
    expected = ", ".join(percent(share) for share in normal)
    detail = f"Inside 1, 2, 3 sigma: {found}. Normal: {expected}."
    return Finding("planes", "planes", text, detail, decided=not unsure)


FINDERS = (planes,)
