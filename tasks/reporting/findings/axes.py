"""Findings about the main axes."""

from __future__ import annotations

from tasks.reporting.findings.finding import Finding, Numbers, at

ORDER = 60


def variance(numbers: Numbers) -> Finding | None:
    """How many main axes hold 90 % of the variance."""
    needed = at(numbers.summary, "axes", "components_for", "90%")
    if not needed:
        return None
    text = f"{needed} of {numbers.dimension} main axes hold 90 % of the variance."
    half = at(numbers.summary, "axes", "components_for", "50%")
    return Finding("variance", "axes", text, f"Half of it is in {half}." if half else "")


FINDERS = (variance,)
