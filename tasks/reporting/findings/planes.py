"""Findings about densities in planes."""

from __future__ import annotations

from tasks.reporting.findings.finding import Finding, Numbers, at, percent

ORDER = 65
CLOSE = 0.02
"""Difference of shares that does not matter to a reader."""

NAMES = {
    "correlation": "the most strongly correlated components",
    "offset": "the components that carry the offset",
    "axes": "the first main axes",
}


def planes(numbers: Numbers) -> Finding | None:
    """Whether ellipses hold the shares of points that a normal distribution's would."""
    shares: dict[str, list[float]] | None = at(numbers.summary, "planes", "mean_share")
    normal: list[float] | None = at(numbers.summary, "planes", "normal_share")
    if not shares or not normal:
        return None
    odd = {
        kind: own for kind, own in shares.items() if max(abs(a - b) for a, b in zip(own, normal, strict=True)) > CLOSE
    }
    if not odd:
        text = "In planes, ellipses of 1, 2 and 3 sigma hold as many points as a normal distribution's."
    elif all(own[0] > normal[0] for own in odd.values()):
        text = "In planes, points crowd in the middle and stray far out more than a normal distribution's would."
    else:
        text = "In planes, ellipses do not hold the shares of points that a normal distribution's would."
    found = "; ".join(
        f"{NAMES.get(kind, kind)} {percent(own[0])}, {percent(own[1])}, {percent(own[2])}"
        for kind, own in shares.items()
    )
    expected = ", ".join(percent(share) for share in normal)
    return Finding("planes", "planes", text, f"Inside 1, 2, 3 sigma: {found}. Normal: {expected}.")


FINDERS = (planes,)
