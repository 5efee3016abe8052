"""Findings about the core and about how normal the cloud is."""

from __future__ import annotations

import math
from typing import Any

from scipy.stats import norm

from tasks.finished.numbers import CHANCE, Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import percent
from tasks.reporting.topics.planes_claims import departing

RANK = 70


def spread(numbers: Numbers) -> tuple[float, float] | None:
    """Standard deviation of d_M of held-out points over a normal distribution's, and the gap in standard errors."""
    found, expected = (at(numbers.summary, "mahalanobis", name, "std") for name in ("heldout", "normal_heldout"))
    count = at(numbers.summary, "mahalanobis", "heldout", "count")
    if not found or not expected or not count:
        return None
    return found / expected, (found / expected - 1) * math.sqrt(2 * count)


def spread_side(numbers: Numbers) -> str:
    """Whether that spread is "heavier" or "lighter" than normal by more than chance; else "normal", or "unknown"."""
    known = spread(numbers)
    if known is None:
        return "unknown"
    ratio, excess = known
    if ratio > 1.15 and excess > norm.isf(CHANCE):
        return "heavier"
    return "lighter" if ratio < 0.85 and excess < -norm.isf(CHANCE) else "normal"


def normality(numbers: Numbers) -> Finding | None:
    """The spread of d_M of held-out points beside a normal distribution's."""
    known = spread(numbers)
    if known is None:
        return None
    found, expected = (at(numbers.summary, "mahalanobis", name) for name in ("heldout", "normal_heldout"))
    text = {
        "heavier": f"The tails are heavier than normal: d_M of held-out points spreads {known[0]:.1f} times as much.",
        "lighter": "Held-out points keep closer to one distance than a normal distribution's would.",
        "normal": "Held-out points spread as those of a normal distribution would.",
    }[spread_side(numbers)]
    detail = (
        f"d_M {found['mean']:.1f} ± {found['std']:.2f} over {found['count']:,} held-out points; a normal distribution "
        f"would give {expected['mean']:.1f} ± {expected['std']:.2f}."
    )
    bars = (
        Evidence("held-out points", found["mean"], found["std"]),
        Evidence("normal", expected["mean"], expected["std"]),
    )
    return Finding("normality", "normality", text, detail, bars, "d_M, mean and standard deviation")


def core(numbers: Numbers) -> Finding | None:
    """The share of points in the robust core, beside that of a normal sample."""
    facts = numbers.summary.get("core") or {}
    if facts.get("defined") is False:
        reason = facts.get("reason")
        text = "A robust core cannot be told from this many points."
        return Finding("core", "normality", text, f"Reason: {reason}." if reason else "", decided=False)
    share, normal = facts.get("train"), facts.get("normal_sample") or facts.get("expected")
    if share is None or normal is None:
        return None
    if share < normal - 0.02:
        text = f"{percent(share)} of the training points form one compact core; of a normal sample it would be more."
    else:
        text = f"{percent(share)} of the training points form one compact core, as many as of a normal sample."
    detail = f"A normal sample of this size has {percent(normal)} in its core."
    cut = numbers.summary.get("three_sigma_cut") or {}
    if cut.get("train") is not None and cut.get("independent_normal") is not None:
        detail += (
            f" The simple cut at 3 σ in every component keeps {percent(cut['train'])} "
            f"(independent normal components: {percent(cut['independent_normal'])})."
        )
    detail += _held_out_core(numbers, share, facts.get("heldout"))
    bars = (Evidence("training points", share), Evidence("normal sample", normal))
    return Finding("core", "normality", text, detail, bars, "share in the core")


def _held_out_core(numbers: Numbers, train: float, heldout: float | None) -> str:
    """How many held-out points lie in the core, and what to make of fewer of them."""
    if heldout is None:
        return ""
    if heldout >= train - 0.02:
        return f" Of held-out points {percent(heldout)} lie in it."
    text = f" Of held-out points only {percent(heldout)} lie in it: it was fitted to the training points"
    found, expected = (at(numbers.summary, "mahalanobis", name, "mean") for name in ("heldout", "normal_heldout"))
    if not found or not expected:
        return f"{text}, so that others lie farther out by it."
    ends = f"mean {found:.1f}, where a normal cloud's new points have {expected:.1f}"
    if found <= 1.02 * expected:
        return f"{text}, so that others lie farther out by it; by the whole cloud's d_M they are no outliers ({ends})."
    return f"{text}, but held-out points lie farther out by the whole cloud's d_M too ({ends})."


def core_shape(numbers: Numbers) -> Finding | None:
    """Whether the core is smaller than the whole by more than the trimming alone makes it, and turned against it."""
    facts = numbers.summary.get("core_shape") or {}
    ratio, whole, normal = (facts.get(name) for name in ("corrected_ratio", "total_variance_ratio", "trimmed_normal"))
    if ratio is None or whole is None or normal is None:
        return None
    if ratio < 0.95:
        text = f"The core holds only {percent(whole)} of the cloud's variance per point: what lies outside is far out."
    elif ratio > 1.05:
        text = "The core is wider than a normal distribution's would be beside its whole."
    else:
        text = "The core is as wide as that of a normal distribution beside its whole."
    detail = f"Total variance of the core over the whole's: {whole:.2f}; of a normal sample trimmed alike {normal:.2f}."
    most, found, chance = _largest_angles(facts)
    if most:
        axes = "axis" if most == 1 else f"{most} axes"
        detail += (
            f" The leading {axes} of both enclose at most {found:.0f}°; those of the whole and of a part of it chosen "
            f"by chance {chance:.0f}°."
        )
    bars = (Evidence("core", whole), Evidence("normal sample, trimmed alike", normal))
    return Finding("core_shape", "normality", text, detail, bars, "total variance over the whole's")


def _largest_angles(facts: dict[str, Any]) -> tuple[int, float, float]:
    """The largest number of leading axes that were compared, and their largest angles: the core's and by chance."""
    own, chance = facts.get("angles") or {}, at(facts, "chance", "angles") or {}
    most = max((int(count) for count in own if count in chance), default=0)
    return (most, max(own[str(most)]), max(chance[str(most)])) if most else (0, 0.0, 0.0)


NAMES = {"train": "all training points", "core": "the core", "heldout": "held-out points"}

TAILS = {
    "heavier": "the tails are heavier than normal",
    "lighter": "the tails are lighter than normal",
    "mixed": "the tails are not normal, heavier by one measure and lighter by another",
    "normal": "nothing tells the tails from normal ones",
}


def body_and_tails(numbers: Numbers) -> Finding | None:
    """Whether the body is normal, by the core's tests, and whether the tails are, by all points' kurtosis and d_M."""
    facts = numbers.summary.get("normality") or {}
    groups, level = facts.get("groups") or {}, facts.get("level")
    if not level or not any(at(group, "leading", "joint_p") for group in groups.values()):
        return None
    p, tails = at(groups, "core", "leading", "joint_p"), _tails(numbers, groups, level)
    if p is None:
        text = f"Whether the body is normal cannot be told without a core; {TAILS[tails]}."
    elif p > level and tails == "normal":
        text = "Neither the body nor the tails can be told from a normal distribution."
    elif p > level:
        text = f"The body is normal as far as the tests can tell; {TAILS[tails]}."
    elif tails == "normal":
        text = f"The body departs from a normal distribution; {TAILS[tails]}."
    else:
        text = (
            f"Neither the body nor the tails are normal: the body departs from it in its core too, and {TAILS[tails]}."
        )
    own = [
        f"{words} ({groups[name]['points']:,}) {simulated(groups[name]['leading']['joint_p'], facts['simulations'])}"
        for name, words in NAMES.items()
        if at(groups, name, "leading", "joint_p") is not None
    ]
    counted = "; ".join(
        f"{words} {groups[name]['rejected']} of {groups[name]['performed']}"
        for name, words in NAMES.items()
        if name in groups
    )
    detail = (
        f"p of the tests along the leading axes taken as one, against {facts['simulations']} simulated normal samples "
        f"of the same size and trimming ({1 / (facts['simulations'] + 1):.3f} is the least that so many can show): "
        f"{', '.join(own)}. Single tests with p ≤ {level:g}, leading axes and random "
        f"projections: {counted}."
    )
    return Finding("body_and_tails", "normality", text, detail, decided=p is not None)


def simulated(p: float, simulations: int) -> str:
    """A p-value from simulations: the least that so many can show is an upper bound, ``≤ 0.005``."""
    return f"≤ {p:.3f}" if p <= 1.001 / (simulations + 1) else f"{p:.3f}"


def one_by_one(numbers: Numbers) -> Finding | None:
    """Single components and pairs beside the whole: the former may look normal where the latter is not."""
    kinds: dict[str, int] | None = at(numbers.summary, "shape", "kinds")
    facts = numbers.summary.get("normality") or {}
    p, level = at(facts, "groups", "core", "leading", "joint_p"), facts.get("level")
    if not kinds or not level or p is None:
        return None
    whole, normal = sum(kinds.values()), kinds.get("normal-like", 0)
    tails = _tails(numbers, facts["groups"], level)
    jointly = p > level and tails == "normal"
    where = "its body departs" if tails == "normal" else "its tails depart" if p > level else "body and tails depart"
    counted = f"{normal} of {whole}"
    if normal >= 0.9 * whole and jointly:
        text = f"Single components look normal ({counted}), and nothing tells the whole cloud from a normal one."
    elif normal >= 0.9 * whole:
        text = f"Single components look normal ({counted}), but the whole cloud does not: {where} from a normal one's."
    elif jointly:
        text = f"Not all components are normal one by one ({counted}), though the tests of the whole do not tell."
    else:
        text = f"Not all components are normal one by one ({counted}), nor is the whole: {where} from a normal one's."
    odd = departing(numbers)
    detail = ""
    if odd is not None:
        shares = "other shares than" if odd else "on average as many points as"
        detail = f"In planes of two components or axes, ellipses hold {shares} a normal distribution's. "
    if not jointly and normal >= 0.9 * whole:
        detail += (
            "There is no contradiction: departures too small to see in one or two components add up over many, and "
            "dependence beyond correlation shows in no single one."
        )
    return Finding("one_by_one", "normality", text, detail.strip())


def _tails(numbers: Numbers, groups: dict[str, Any], level: float) -> str:
    """A key of ``TAILS``, from kurtosis along most leading axes (all and held-out points) and the spread of d_M."""
    sides = {spread_side(numbers)}
    for name in ("train", "heldout"):
        facts = at(groups, name, "leading") or {}
        # Flat-topped leading planes are no tails: the most axes that were tested tell how far points stray.
        most = facts["dimensions"][max(facts["dimensions"], key=int)]["kurtosis"] if facts else None
        if most and most["p"] <= level:
            sides.add("heavier" if most["statistic"] > most["expected"] else "lighter")
    sides -= {"normal", "unknown"}
    return "mixed" if len(sides) > 1 else next(iter(sides), "normal")


FINDERS = (one_by_one, normality, core, core_shape, body_and_tails)
