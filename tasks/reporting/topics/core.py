"""The core: how many points it holds, how wide it is, and how it lies; a part of the section on normality."""

from __future__ import annotations

from typing import Any

import numpy as np

from tasks.page.drawing import BLACK, BLUE, GREY, Drawn, picture, subplots, whole_numbers
from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import percent, short
from tasks.reporting.topic import Evidence, Facts, Finding, Floats, Numbers, ReportedStudy, at, measured

SHARES = (
    Column("region"),
    *alike(percent, train="training points", heldout="held-out points", normal="of normal points"),
)


@measured("core")
def core(numbers: Numbers, facts: Facts) -> Finding | None:
    """The share of points in the robust core, beside that of a normal sample."""
    if facts.get("defined") is False:
        reason = facts.get("reason")
        text = "There are too few points to estimate a robust core."
        return Finding("core", "normality", text, f"Reason: {reason}." if reason else "", decided=False)
    share, normal = facts.get("train"), facts.get("normal_sample") or facts.get("expected")
    if share is None or normal is None:
        return None
    more = "; of a normal sample it would be more" if share < normal - 0.02 else ", as many as of a normal sample"
    text = f"{percent(share)} of the training points form one compact core{more}."
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


@measured("core_shape")
def core_shape(numbers: Numbers, facts: Facts) -> Finding:
    """Whether the core is smaller than the whole by more than the trimming alone makes it, and turned against it."""
    ratio, whole, normal = (facts[name] for name in ("corrected_ratio", "total_variance_ratio", "trimmed_normal"))
    if ratio < 0.95:
        text = f"The core has only {percent(whole)} of the cloud's variance per point: points outside it are far out."
    elif ratio > 1.05:
        text = "The core is wider than a normal distribution's would be beside its whole."
    else:
        text = "The core is as wide as that of a normal distribution beside its whole."
    detail = f"Total variance of the core over the whole's: {whole:.2f}; of a normal sample trimmed alike {normal:.2f}."
    if most := max(facts["angles"], key=int, default=""):
        found, chance = (max(side["angles"][most]) for side in (facts, facts["chance"]))
        axes = "axis" if most == "1" else f"{most} axes"
        detail += (
            f" The leading {axes} of both enclose at most {found:.0f}°; those of the whole and of a part of it chosen "
            f"by chance {chance:.0f}°."
        )
    bars = (Evidence("core", whole), Evidence("normal sample, trimmed alike", normal))
    return Finding("core_shape", "normality", text, detail, bars, "total variance over the whole's")


def shares(study: ReportedStudy) -> Fold | None:
    """Shares within the core and within 3 sigma of every component."""
    lines = (
        ("robust core", "core", "normal_sample"),
        ("3 σ in every component", "three_sigma_cut", "independent_normal"),
    )
    rows = [
        (words, *(at(study.summary, name, side) for side in ("train", "heldout", normal)))
        for words, name, normal in lines
        if at(study.summary, name, "train") is not None
    ]
    caption = (
        "Share of points inside. Of normal points: for the core, what the same procedure keeps of a simulated sample; "
        "for the cut, what independent normal components would keep."
    )
    return fold("Shares of the points in the core", table("core_share", SHARES, rows, caption))


@measured("core_shape", arrays=("core_variance_ratio",))
@picture
def width_and_direction(study: ReportedStudy, facts: Facts, ratio: Floats) -> Drawn:
    """Variances of the core along the whole's axes, and angles between the leading axes of both."""
    # A single axis has no direction of its own to compare.
    turned = bool(facts["angles"])
    figure, axes = subplots(3.1, 1, 1 + turned, width_ratios=(1.35, 1)[: 1 + turned], squeeze=False)
    left, *right = axes[0]
    left.plot(np.arange(1, len(ratio) + 1), ratio, ".", color=BLUE, markersize=5)
    left.axhline(facts["trimmed_normal"], color=BLACK, linestyle=":", linewidth=1.2, label="normal, trimmed alike")
    left.axhline(facts["total_variance_ratio"], color=BLUE, linewidth=1, label="all axes together")
    left.set(xlabel="main axis of the whole", ylabel="variance, core over whole", title="Width of the core")
    left.set(ylim=(0, 1.1 * max(1.0, float(np.nanmax(ratio)))))
    whole_numbers(left)
    left.legend(loc="lower right")
    caption = (
        f"{'Left: variance' if turned else 'Variance'} of the {facts['points']['core']:,} training points in the "
        f"core over that of all {facts['points']['train']:,}, along each main axis of the whole."
    )
    if turned:
        _angles(right[0], facts)
        caption += (
            " Right: principal angles between the leading axes of core and whole, from the smallest to the largest; "
            "grey: of a part as large, chosen by chance from "
            f"{facts['chance']['points']['train']:,} points, and all of those."
        )
    alt = f"The core has {short(facts['total_variance_ratio'])} of the whole's total variance."
    return Drawn("core_shape", figure, caption, alt)


def _spots(count: int) -> Floats:
    """The middles of ``count`` equal parts of the unit interval."""
    return (np.arange(count) + 0.5) / count


def _angles(axis: Any, facts: Facts) -> None:
    counts = sorted(facts["angles"], key=int)
    sides = ((-0.42, facts["angles"], BLUE, "core"), (0.06, facts["chance"]["angles"], GREY, "part chosen by chance"))
    for start, angles, colour, label in sides:
        # Side by side in their order, as many are nearly equal.
        x = [place + start + 0.36 * spot for place, count in enumerate(counts) for spot in _spots(len(angles[count]))]
        y = [angle for count in counts for angle in sorted(angles[count])]
        axis.plot(x, y, "o", color=colour, markersize=4, label=label)
    axis.set_xticks(range(len(counts)), counts)
    top = max(15.0, *(1.35 * angle for _, angles, _, _ in sides for one in angles.values() for angle in one))
    axis.set(xlabel="leading axes", ylabel="principal angles, degrees", title="Direction of the core")
    axis.set(xlim=(-0.5, max(len(counts), 1) - 0.5), ylim=(-0.03 * min(top, 90), min(top, 93)))
    axis.grid(axis="x", visible=False)
    axis.legend()
