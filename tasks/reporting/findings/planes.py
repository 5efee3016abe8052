"""Findings about densities in planes."""

from __future__ import annotations

import math

from tasks.reporting.findings.finding import Finding, Numbers, at, percent

ORDER = 65
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


def _allowed(normal: list[float], images: int | None) -> list[float]:
    """Of each share, the difference that neither matters to a reader nor is beyond chance."""
    return [max(CLOSE, SURE * math.sqrt(p * (1 - p) / images) if images else 0.0) for p in normal]


def departing(numbers: Numbers) -> dict[str, list[float]] | None:
    """The kinds of planes whose shares differ from a normal distribution's; None where they were not measured."""
    shares: dict[str, list[float]] | None = at(numbers.summary, "planes", "mean_share")
    normal: list[float] | None = at(numbers.summary, "planes", "normal_share")
    if not shares or not normal:
        return None
    allowed = _allowed(normal, at(numbers.summary, "images", "train"))
    return {
        kind: own
        for kind, own in shares.items()
        if any(abs(a - b) > limit for a, b, limit in zip(own, normal, allowed, strict=True))
    }


def planes(numbers: Numbers) -> Finding | None:
    """Whether ellipses hold the shares of points that a normal distribution's would."""
    shares: dict[str, list[float]] | None = at(numbers.summary, "planes", "mean_share")
    normal: list[float] | None = at(numbers.summary, "planes", "normal_share")
    odd = departing(numbers)
    if not shares or not normal or odd is None:
        return None
    allowed = _allowed(normal, at(numbers.summary, "images", "train"))
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
        for kind, own in shares.items()
    )
    expected = ", ".join(percent(share) for share in normal)
    detail = f"Inside 1, 2, 3 sigma: {found}. Normal: {expected}."
    return Finding("planes", "planes", text, detail, decided=not unsure)


FINDERS = (planes,)
