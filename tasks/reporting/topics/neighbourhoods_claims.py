"""Findings about the shape of the cloud from near by: regions, dimensions, and micro-correlations."""

from __future__ import annotations

import math
from typing import Any

from tasks.finished.numbers import CHANCE, Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import percent, short, with_spread

RANK = 80
ERRORS = 3.0
"""Standard errors from which two dimensions differ."""


def regions(numbers: Numbers) -> Finding | None:
    """Whether the points form one region: clusters among the densest points beside those of normal samples."""
    facts = numbers.summary.get("fragmentation")
    count = at(numbers.summary, "fragmentation", "regions")
    if not facts or not count:
        return None
    graph, shares = facts["graph"], facts["region_shares"]
    links = (
        f"{percent(graph['largest_share'])} of the points hang together in the graph of mutual neighbours, of normal "
        f"ones {percent(graph['normal_largest_share'])}."
    )
    if count > 1:
        text = f"The real points fall into {count} regions."
        listed = ", ".join(percent(share) for share in shares[:5])
        detail = (
            f"Among the densest {percent(facts['level'])} of {facts['points']:,} points, in {facts['axes']} main axes, "
            f"the {'largest ' if len(shares) > 5 else ''}clusters hold {listed}; simulated normal samples have at "
            f"most {facts['normal_regions']}. {links}"
        )
    else:
        text = "The real points form one region."
        if graph["components"] > graph["normal_components"]:
            text = "The dense part of the real points is one region, with smaller groups apart from it."
        detail = (
            f"At no level of density do {facts['points']:,} points, in {facts['axes']} main axes, fall into more "
            f"clusters than simulated normal samples. {links}"
        )
    if percent(graph["largest_share"]) == percent(graph["normal_largest_share"]):
        return Finding("regions", "regions", text, detail)
    bars = (
        Evidence("largest group, real", graph["largest_share"], text=percent(graph["largest_share"])),
        Evidence("largest group, normal", graph["normal_largest_share"], text=percent(graph["normal_largest_share"])),
    )
    return Finding("regions", "regions", text, detail, bars, "share of the points in the largest group")


def dimension(numbers: Numbers) -> Finding | None:
    """Whether the points fill fewer dimensions than normal ones of the same covariance, which are estimated alike."""
    own, normal = (at(numbers.summary, "intrinsic_dimension", side) for side in ("train", "normal"))
    if not own or not normal:
        return None
    errors = [standard_errors(own[name], normal[name]) for name in ("two_nearest", "likelihood")]
    if any(error is None for error in errors):
        return None
    components = at(numbers.summary, "intrinsic_dimension", "components")
    decided = True
    if all(error <= -ERRORS for error in errors if error is not None):
        text = "Near by, the real points fill fewer dimensions than normal points of the same covariance."
    elif all(error >= ERRORS for error in errors if error is not None):
        text = "Near by, the real points fill more dimensions than normal points of the same covariance."
    elif all(abs(error) < ERRORS for error in errors if error is not None):
        text = "No evidence that the real points fill fewer dimensions than normal points of the same covariance."
        decided = False
    else:
        text = "Whether the real points fill fewer dimensions than normal ones is not clear: two estimates differ."
        decided = False
    values = [
        with_spread(side[name]["dimension"], side[name]["error"])
        for name in ("likelihood", "two_nearest")
        for side in (own, normal)
    ]
    detail = (
        f"Of {components} components, maximum likelihood finds {values[0]} dimensions where normal points seem to "
        f"have {values[1]}; from two neighbours it is {values[2]} against {values[3]}. Such estimates are too low in "
        "many dimensions, so that only the comparison tells."
    )
    bars = tuple(
        Evidence(label, side["likelihood"]["dimension"], side["likelihood"]["error"])
        for label, side in (("real points", own), ("normal points", normal))
    )
    return Finding("dimension", "dimension", text, detail, bars, "intrinsic dimension, maximum likelihood", decided)


def standard_errors(own: dict[str, Any], normal: dict[str, Any]) -> float | None:
    """How many standard errors the first estimate lies above the second; None where either is undefined."""
    numbers = [own.get("dimension"), normal.get("dimension"), own.get("error"), normal.get("error")]
    if any(number is None for number in numbers):
        return None
    error = math.hypot(own["error"], normal["error"])
    return float((own["dimension"] - normal["dimension"]) / error) if error > 0 else None


def micro_correlations(numbers: Numbers) -> Finding | None:
    """Whether neighbourhoods are flatter, or more strongly correlated within, than those of a normal distribution."""
    flat = at(numbers.summary, "locality", "figures", "dimension")
    strong = at(numbers.summary, "locality", "figures", "strength")
    if not flat or not strong:
        return None
    neighbours = at(numbers.summary, "locality", "neighbours")
    told = [one["probability"] < CHANCE for one in (flat, strong)]
    flatter = told[0] and flat["median"] < flat["normal"]
    stronger = told[1] and strong["median"] > strong["normal"]
    if flatter or stronger:
        how = "flatter" if flatter else "more strongly correlated"
        how = "flatter and more strongly correlated" if flatter and stronger else how
        text = f"Micro-correlations exist: neighbourhoods are {how} than one normal distribution's."
    elif any(told):
        text = "Neighbourhoods differ from a normal distribution's, but not by correlations of their own."
    else:
        text = "No evidence of micro-correlations: neighbourhoods are like those of one normal distribution."
    detail = (
        f"The {neighbours} nearest points spread over {short(flat['median'])} dimensions (normal: "
        f"{short(flat['normal'])}); between the leading axes, uncorrelated overall, they correlate by "
        f"{short(strong['median'])} (normal: {short(strong['normal'])})."
    )
    bars = (Evidence("real points", flat["median"]), Evidence("normal points", flat["normal"]))
    return Finding(
        "micro", "neighbourhoods", text, detail, bars, f"dimensions of {neighbours} nearest points", any(told)
    )


FINDERS = (regions, dimension, micro_correlations)
