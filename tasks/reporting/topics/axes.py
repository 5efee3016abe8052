"""Main axes: the eigenvalue spectrum and the variance it holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from tasks.page.drawing import BLUE, ORANGE, Drawn, cumulative, logarithmic, picture, subplots, whole_numbers
from tasks.page.section import Column, Fold, fold, table
from tasks.page.wording import counted, percent, short
from tasks.reporting.topic import Evidence, Facts, Finding, Floats, Numbers, ReportedStudy, measured, topic

SHARES = (0.5, 0.9, 0.95, 0.99)
COLUMNS = (
    Column("axis"),
    Column("eigenvalue", shown="{:.4g}".format),
    Column("share", shown=lambda share: f"{100 * share:.2f} %"),
    Column("cumulative_share", shown=lambda share: f"{100 * share:.1f} %"),
)


@measured("axes", "components_for")
def variance(numbers: Numbers, needed: dict[str, int]) -> Finding | None:
    """How many main axes hold 90 % of the variance."""
    if numbers.dimension < 2:
        return None
    text = f"{needed['90%']} of {numbers.dimension} main axes hold 90 % of the variance."
    detail = f"Half of it is in {needed['50%']}, 95 % in {needed['95%']} and 99 % in {needed['99%']}."
    return Finding("variance", "axes", text, detail)


@measured("spectrum")
def participation(numbers: Numbers, facts: Facts) -> Finding | None:
    """As how many independent axes the correlations count, beside independent components of the same n."""
    if facts.get("correlation_participation_ratio") is None or facts["components"] < 2:
        return None
    own, independent = facts["correlation_participation_ratio"], facts["independent_participation_ratio"]
    text, count = "Correlations hardly reduce the number of effective axes.", facts["components"]
    if own < 0.9 * independent:
        text = f"With their correlations, {count} components vary like {short(own)} equal, independent axes."
    detail = (
        f"Participation ratio of the correlation matrix; independent components would show {short(independent)} over "
        f"as many points. With their own variances it is {short(facts['participation_ratio'])}."
    )
    bars = (Evidence("found", own), Evidence("if independent", independent))
    return Finding("participation", "axes", text, detail, bars, "participation ratio")


@measured("spectrum")
def beyond_chance(numbers: Numbers, facts: Facts) -> Finding | None:
    """How many axes of the correlation matrix are longer than chance makes any."""
    if facts.get("axes_beyond_chance") is None or facts["components"] < 2:
        return None
    own, independent = facts["correlation_largest_eigenvalue"], facts["independent_largest_eigenvalue"]
    text = "No main axis of the correlations is longer than chance makes it."
    if facts["axes_beyond_chance"]:
        text = (
            f"{counted(facts['axes_beyond_chance'], 'main axis', 'main axes')} of the correlations cannot be put down "
            f"to chance; {percent(facts['share_beyond_chance'])} of the standardised variance lies there."
        )
    detail = (
        f"The largest eigenvalue of the correlation matrix is {short(own)}; for independent components and as many "
        f"points it is {short(independent)} on average ({facts['simulations']} simulations)."
    )
    bars = (Evidence("found", own), Evidence("if independent", independent))
    return Finding("beyond_chance", "axes", text, detail, bars, "largest eigenvalue of the correlation matrix")


def _draw(axis: Any, eigenvalue: Floats, largest: float, **line: Any) -> None:
    """Eigenvalues against their rank on a logarithmic scale, without those that are zero beside the ``largest``."""
    rank, positive = np.arange(1, len(eigenvalue) + 1), eigenvalue > largest * 1e-12
    axis.plot(rank[positive], eigenvalue[positive], **line)
    whole_numbers(axis)


@measured(arrays=("eigenvalue",))
@picture
def _spectrum(study: ReportedStudy, eigenvalue: Floats) -> Drawn:
    figure, (left, right) = subplots(3.0, 1, 2)
    _draw(left, eigenvalue, eigenvalue[0], color=BLUE, marker=".", markersize=3)
    logarithmic(left, decades=True)
    left.set(xlabel="main axis", ylabel="variance along the axis", title="Eigenvalues of the covariance")
    cumulative(right, eigenvalue / eigenvalue.sum(), SHARES)
    right.set(xlabel="main axes, the longest first", ylabel="% of the variance", title="Cumulative variance")
    return Drawn(
        "eigenvalues",
        figure,
        "Variance along each main axis of the training points, and the share of the whole that the first hold.",
        "Eigenvalue spectrum on a logarithmic scale and cumulative variance.",
    )


@measured("spectrum", arrays=("correlation_eigenvalue", "independent_eigenvalue"))
@picture
def _chance(study: ReportedStudy, facts: Facts, own: Floats, independent: Floats) -> Drawn | None:
    """Eigenvalues of the correlation beside those of independent components."""
    if len(own) < 2:
        return None
    figure, axis = subplots(2.8)
    _draw(axis, own, own[0], color=BLUE, marker=".", markersize=4, label="found")
    _draw(axis, independent, own[0], color=ORANGE, label="independent components")
    logarithmic(axis)
    axis.set(xlabel="main axis", ylabel="eigenvalue", title="Eigenvalues of the correlation matrix")
    axis.legend()
    return Drawn(
        "correlation_eigenvalues",
        figure,
        "All components scaled to the same variance, so that only their correlations make axes longer or shorter; "
        f"beside it the mean of {facts['simulations']} simulated sets of independent normal components and as many "
        f"points. {facts['axes_beyond_chance']} of {facts['components']} axes are longer than chance makes the "
        "longest.",
        "Eigenvalue spectrum of the correlation matrix beside that of independent components.",
    )


@measured(arrays=("eigenvalue",))
def _table(study: ReportedStudy, eigenvalue: Floats) -> Fold | None:
    share = eigenvalue / eigenvalue.sum()
    values = np.stack([eigenvalue, share, np.cumsum(share)], axis=1).tolist()
    rows = [(axis, *numbers) for axis, numbers in enumerate(values, start=1)]
    return fold(f"All axes in numbers: {len(rows):,}", table("eigenvalues", COLUMNS, rows))


ORDER, RANK = 510, 60
FINDERS = (variance, participation, beyond_chance)
build = topic("axes", "Variance along the main axes", _spectrum, _chance, _table)
