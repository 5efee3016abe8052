"""Findings about the main axes."""

from __future__ import annotations

from tasks.finished.numbers import Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import percent, short

RANK = 60


def variance(numbers: Numbers) -> Finding | None:
    """How many main axes hold 90 % of the variance."""
    needed = at(numbers.summary, "axes", "components_for", "90%")
    if not needed or numbers.dimension < 2:
        return None
    text = f"{needed} of {numbers.dimension} main axes hold 90 % of the variance."
    half, more, most = (at(numbers.summary, "axes", "components_for", share) for share in ("50%", "95%", "99%"))
    detail = f"Half of it is in {half}, 95 % in {more} and 99 % in {most}." if half and more and most else ""
    return Finding("variance", "axes", text, detail)


def participation(numbers: Numbers) -> Finding | None:
    """As how many independent axes the correlations count, beside independent components of the same n."""
    facts = numbers.summary.get("spectrum")
    if not facts or facts.get("correlation_participation_ratio") is None or facts["components"] < 2:
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


def beyond_chance(numbers: Numbers) -> Finding | None:
    """How many axes of the correlation matrix are longer than chance makes any."""
    facts = numbers.summary.get("spectrum")
    if not facts or facts.get("axes_beyond_chance") is None or facts["components"] < 2:
        return None
    count, largest = facts["axes_beyond_chance"], facts["independent_largest_eigenvalue"]
    if count == 0:
        text = "No main axis of the correlations is longer than chance makes it."
    else:
        axes = "main axis" if count == 1 else "main axes"
        text = (
            f"{count} {axes} of the correlations cannot be put down to chance; "
            f"{percent(facts['share_beyond_chance'])} of the standardised variance lies there."
        )
    detail = (
        f"The largest eigenvalue of the correlation matrix is {short(facts['correlation_largest_eigenvalue'])}; for "
        f"independent components and as many images it is {short(largest)} on average ({facts['simulations']} "
        "simulations)."
    )
    bars = (Evidence("found", facts["correlation_largest_eigenvalue"]), Evidence("if independent", largest))
    return Finding("beyond_chance", "axes", text, detail, bars, "largest eigenvalue of the correlation matrix")


FINDERS = (variance, participation, beyond_chance)
