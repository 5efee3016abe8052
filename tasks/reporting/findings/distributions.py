"""Findings about the number distributions of single components."""

from __future__ import annotations

import math

from tasks.reporting.findings.finding import Evidence, Finding, Numbers, at

ORDER = 40
NORMAL_RATIO = math.sqrt(2 * math.log(2))


def shape(numbers: Numbers) -> Finding | None:
    """Half-width over standard deviation, beside a normal distribution's."""
    ratio = at(numbers.summary, "half_width_ratio", "components", "quantiles", "0.5")
    if ratio is None:
        return None
    if ratio < 0.95 * NORMAL_RATIO:
        text = "Single components are more peaked than a normal distribution."
    elif ratio > 1.05 * NORMAL_RATIO:
        text = "Single components are flatter than a normal distribution."
    else:
        text = "Single components are about as wide at half height as a normal distribution."
    detail = f"Median half-width / σ {ratio:.3f}; a normal distribution has {NORMAL_RATIO:.3f}."
    bars = (Evidence("components, median", ratio), Evidence("normal", NORMAL_RATIO))
    return Finding("shape", "distributions", text, detail, bars, "half-width / σ")


FINDERS = (shape,)
