"""Findings about the core and about how normal the cloud is."""

from __future__ import annotations

import math

from scipy.stats import norm

from tasks.reporting.findings.finding import CHANCE, Evidence, Finding, Numbers, at, percent

ORDER = 70


def normality(numbers: Numbers) -> Finding | None:
    """The spread of d_M of held-out points beside a normal distribution's."""
    found, expected = (at(numbers.summary, "mahalanobis", name) for name in ("heldout", "normal_heldout"))
    deviation, normal, count = (at(found, "std"), at(expected, "std"), at(found, "count")) if found else (0, 0, 0)
    if not deviation or not normal or not count:
        return None
    excess = (deviation / normal - 1) * math.sqrt(2 * count)
    if deviation > 1.15 * normal and excess > norm.isf(CHANCE):
        text = (
            f"The tails are heavier than normal: d_M of held-out points spreads {deviation / normal:.1f} times as much."
        )
    elif deviation < 0.85 * normal and excess < -norm.isf(CHANCE):
        text = "Held-out points keep closer to one distance than a normal distribution's would."
    else:
        text = "Held-out points spread as those of a normal distribution would."
    detail = (
        f"d_M {found['mean']:.1f} ± {deviation:.2f} over {count:,} held-out points; a normal distribution would give "
        f"{expected['mean']:.1f} ± {normal:.2f}."
    )
    bars = (Evidence("held-out points", found["mean"], deviation), Evidence("normal", expected["mean"], normal))
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
    bars = (Evidence("training points", share), Evidence("normal sample", normal))
    return Finding("core", "normality", text, detail, bars, "share in the core")


NAMES = {"train": "all training points", "core": "the core", "heldout": "held-out points"}


def body_and_tails(numbers: Numbers) -> Finding | None:
    """Whether the body (the core) is normal, and whether the whole with its tails is, by the multivariate tests."""
    groups = at(numbers.summary, "normality", "groups")
    if not groups or "train" not in groups or not groups["train"]["performed"]:
        return None
    # By chance a test in a hundred is rejected; more than a tenth of a group's tests are not chance.
    odd = {name: one["rejected"] > max(2, 0.1 * one["performed"]) for name, one in groups.items()}
    if not groups.get("core", {}).get("performed"):
        text = "The cloud as a whole is not normal." if odd["train"] else "Nothing tells the cloud from a normal one."
    elif odd["train"] and not odd["core"]:
        text = "The body is normal, as far as the tests can tell; the tails are not."
    elif odd["train"]:
        text = "Neither the body nor the tails are normal."
    elif odd["core"]:
        text = "The body departs from a normal distribution's, though the cloud as a whole is not told from one."
    else:
        text = "Neither body nor tails can be told from a normal distribution."
    counted = "; ".join(f"{NAMES[name]} {one['rejected']} of {one['performed']}" for name, one in groups.items())
    simulations = numbers.summary["normality"]["simulations"]
    detail = f"Tests rejected at p ≤ 0.01: {counted}; each against {simulations} simulated normal samples."
    return Finding("body_and_tails", "normality", text, detail)


FINDERS = (normality, core, body_and_tails)
