"""Findings about the main axes."""

from __future__ import annotations

from tasks.reporting.findings.finding import Evidence, Finding, Numbers, at, short

ORDER = 60


def variance(numbers: Numbers) -> Finding | None:
    """How many main axes hold 90 % of the variance."""
    needed = at(numbers.summary, "axes", "components_for", "90%")
    if not needed:
        return None
    text = f"{needed} of {numbers.dimension} main axes hold 90 % of the variance."
    half = at(numbers.summary, "axes", "components_for", "50%")
    return Finding("variance", "axes", text, f"Half of it is in {half}." if half else "")


def participation(numbers: Numbers) -> Finding | None:
    """As how many independent axes the correlations count, beside independent components of the same n."""
    facts = numbers.summary.get("spectrum")
    if not facts or facts.get("correlation_participation_ratio") is None:
        return None
    own, independent = facts["correlation_participation_ratio"], facts["independent_participation_ratio"]
    if own < 0.9 * independent:
        text = (
            f"Correlations leave {facts['components']} components the freedom of {short(own)} equal, independent axes."
        )
    else:
        text = "Correlations take next to nothing of the components' freedom."
    detail = (
        f"Participation ratio of the correlation matrix; independent components would show {short(independent)} over "
        f"as many images. With their own variances it is {short(facts['participation_ratio'])}."
    )
    bars = (Evidence("found", own), Evidence("if independent", independent))
    return Finding("participation", "axes", text, detail, bars, "participation ratio")


FINDERS = (variance, participation)
