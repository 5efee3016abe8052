"""Findings about the number distributions of single components."""

from __future__ import annotations

import math

from tasks.finished.numbers import Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import short

RANK = 40
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


def kinds(numbers: Numbers) -> Finding | None:
    """How many components have which kind of number distribution."""
    counted: dict[str, int] | None = at(numbers.summary, "shape", "kinds")
    if not counted:
        return None
    whole, normal = sum(counted.values()), counted.get("normal-like", 0)
    others = {kind: count for kind, count in counted.items() if kind != "normal-like"}
    named = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items(), key=lambda one: -one[1]))
    if whole == 1:
        text = f"The number distribution of the only component is {next(iter(counted))}."
    elif not others:
        text = f"All {whole} components have number distributions shaped like a normal one."
    elif normal >= 0.5 * whole:
        text = f"{normal} of {whole} components have number distributions shaped like a normal one; {named}."
    else:
        text = f"Only {normal} of {whole} components have number distributions shaped like a normal one: {named}."
    kurtosis = at(numbers.summary, "shape", "median_excess_kurtosis")
    detail = "" if kurtosis is None else f"Median excess kurtosis {short(kurtosis)}; a normal distribution has 0."
    return Finding("kinds", "distributions", text, detail)


FINDERS = (shape, kinds)
