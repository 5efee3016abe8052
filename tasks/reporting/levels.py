"""What the levels of a sampler are measured in, and how much that is in this study."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tasks.assessment.tables import level_words
from tasks.finished.samples import SampleSet
from tasks.page.wording import percent, short
from tasks.reporting.study import ReportedStudy


def unit(study: ReportedStudy, draws: SampleSet) -> str:
    """A few sentences; empty for a sampler that sweeps nothing or is not known here, and had every level."""
    told = UNITS.get(draws.name)
    return " ".join(part for part in (told(study, draws) if told is not None else "", reduced(draws)) if part)


def reduced(draws: SampleSet) -> str:
    """Which configured levels could not be had and what was drawn instead; empty if there were none."""
    asked: dict[str, list[str]] = {}
    for wanted, drawn in draws.reduced.items():
        asked.setdefault(level_words(drawn), []).append(level_words(wanted))
    parts = [
        f"{_listed(names)} {'is' if len(names) == 1 else 'are'} drawn as {drawn}" for drawn, names in asked.items()
    ]
    return f"{'; '.join(parts)}: {draws.limit}." if parts else ""


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _typical(study: ReportedStudy, name: str) -> str:
    """The median over the components of ``std`` or ``half_width``."""
    values = study.statistic(name)
    return "–" if values is None else short(float(np.nanmedian(values)))


def _fact(draws: SampleSet, name: str) -> str:
    value = draws.facts.get(name)
    return short(float(value)) if isinstance(value, int | float) else "–"


def _common(study: ReportedStudy, draws: SampleSet) -> str:
    return (
        f"b = 1 is b0 = {_fact(draws, 'b0')}, in units of z: the half-length of the interval at which draws have the "
        "median radius |z| of real points."
    )


def _origin(study: ReportedStudy, draws: SampleSet) -> str:
    return f"scale = 1 is the standard deviation s0 = {_fact(draws, 's0')} in every component, in units of z."


def _component(study: ReportedStudy, draws: SampleSet) -> str:
    return f"fact = 1 is one half-width of the component, {_typical(study, 'half_width')} in the median one."


def _scaled(study: ReportedStudy, draws: SampleSet) -> str:
    return (
        f"scale = 1 is the spread of the training points, a standard deviation of {_typical(study, 'std')} in the "
        "median component."
    )


def _core(study: ReportedStudy, draws: SampleSet) -> str:
    if draws.facts.get("moments") != "core":
        return "There is no core here: the moments are those of all training points, as in multivariate_normal."
    return "scale = 1 is the spread of the core."


def _truncated(study: ReportedStudy, draws: SampleSet) -> str:
    shares = draws.facts.get("variance_share")
    held = "; ".join(f"{label} hold {percent(share)} of the variance" for label, share in dict(shares or {}).items())
    return f"k is a number of main axes{f': {held}' if held else ''}."


def _ellipse(study: ReportedStudy, draws: SampleSet) -> str:
    radii = draws.facts.get("radius")
    cut = "; ".join(f"{label} cuts at {short(r)} standard deviations" for label, r in dict(radii or {}).items())
    return f"P is the share of a normal pair inside the ellipse{f': {cut}' if cut else ''}."


def _shell(study: ReportedStudy, draws: SampleSet) -> str:
    known = study.statistic("mahalanobis")
    real = "" if known is None else f"; real points have {short(float(np.median(known)))} in the median"
    return f"distance = 1 is d_M = {_fact(draws, 'unit')}, the root of the number of main axes{real}."


def _mixture(study: ReportedStudy, draws: SampleSet) -> str:
    return "components is the number of normal distributions in the mixture."


def _parzen(study: ReportedStudy, draws: SampleSet) -> str:
    return "k is the number of neighbours that shape the noise; bandwidth = 1 is noise as wide as they lie apart."


def _corrected(study: ReportedStudy, draws: SampleSet) -> str:
    return (
        "strength = 1 moves a point the whole way to the affine hull of its neighbours, 0 leaves it where "
        f"{draws.facts.get('base', 'the base')} drew it; spread is kept where the set then gets its mean and "
        "covariance back."
    )


def _path(study: ReportedStudy, draws: SampleSet) -> str:
    lengths, taken = study.statistic("eigenvalue"), draws.facts.get("directions")
    text = "reach is counted in standard deviations along either direction"
    if lengths is not None:
        text += f"; one is {short(float(np.sqrt(np.max(lengths))))} along the first axis"
    counts = "; ".join(f"{label} has {count}" for label, count in dict(taken or {}).items())
    return f"{text}. Directions to choose pairs from: {counts}." if counts else f"{text}."


def _between(study: ReportedStudy, draws: SampleSet) -> str:
    return "t is the place between the two points: 0 the first, 0.5 half-way, 1 the second."


UNITS: dict[str, Callable[[ReportedStudy, SampleSet], str]] = {
    "uniform_common": _common,
    "normal_origin": _origin,
    "uniform_component": _component,
    "normal_component": _scaled,
    "multivariate_normal": _scaled,
    "multivariate_normal_core": _core,
    "pca_truncated": _truncated,
    "ellipse_restricted": _ellipse,
    "mahalanobis_shell": _shell,
    "gaussian_mixture": _mixture,
    "manifold_parzen": _parzen,
    "neighbour_corrected": _corrected,
    "path": _path,
    "interpolation": _between,
}
