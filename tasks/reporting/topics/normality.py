"""How normal the cloud is: its core, the core beside the whole, distances, and tests against simulated nulls."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, chi2, f

from tasks.ingestion.partition import TRAIN
from tasks.page.drawing import BLACK, BLUE, GREY, VERMILLION, new_figure, plot, style, whole_numbers
from tasks.page.section import Block, Fold, Picture, Section, Table
from tasks.page.wording import counted, percent, short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.normality_claims import simulated

ORDER = 320
Floats = npt.NDArray[np.float64]

GROUPS = {"train": "training points", "core": "training points in the core", "heldout": "held-out points"}
SPACES = {"leading": "leading axes", "random": "random projections"}
TESTS = {"skewness": "Mardia's skewness", "kurtosis": "Mardia's kurtosis", "henze_zirkler": "Henze–Zirkler"}


def build(study: ReportedStudy) -> Section | None:
    """The core and its share, the core beside the whole, distances and components one by one, and the tests."""
    mahalanobis = study.statistic("mahalanobis")
    if mahalanobis is None:
        return None
    squared = np.asarray(mahalanobis, np.float64) ** 2
    found: tuple[Block | None, ...] = (
        _picture(study, squared),
        _core_shape(study),
        _folded("Single components tested one by one", _single(study)),
        _folded("Leading axes and random projections tested together", _joint(study)),
        _shares(study),
        _tests(study),
    )
    blocks = tuple(block for block in found if block is not None)
    return Section(
        "normality",
        "The core, and how normal the cloud is",
        blocks,
        study.claims("normality", "one_by_one", "body_and_tails", "normality"),
    )


def _folded(summary: str, table: Table | None) -> Fold | None:
    return None if table is None else Fold(summary, (table,))


def _ordered(groups: dict[str, Any] | None) -> list[tuple[str, dict[str, Any]]]:
    """The groups that there are, in the order of ``GROUPS``."""
    return [(name, groups[name]) for name in GROUPS if groups and name in groups]


def _shares(study: ReportedStudy) -> Fold | None:
    """Shares within the core and within 3 sigma of every component."""
    core, cut = study.summary.get("core") or {}, study.summary.get("three_sigma_cut") or {}
    lines = (
        ("robust core", core.get("train"), core.get("heldout"), core.get("normal_sample")),
        ("3 σ in every component", cut.get("train"), cut.get("heldout"), cut.get("independent_normal")),
    )
    known = [line for line in lines if line[1] is not None]
    if not known:
        return None
    rows = tuple((name, *("" if value is None else value for value in values)) for name, *values in known)
    shown = tuple((name, *("–" if value is None else percent(value) for value in values)) for name, *values in known)
    table = Table(
        "core_share",
        ("region", "train", "heldout", "normal"),
        rows,
        "Share of points inside. Of normal points: for the core, what the same procedure keeps of a simulated sample; "
        "for the cut, what independent normal components would keep.",
        ("region", "training points", "held-out points", "of normal points"),
        shown,
    )
    return Fold("Shares of the points in the core", (table,))


def _core_shape(study: ReportedStudy) -> Picture | None:
    """Variances of the core along the whole's axes, and angles between the leading axes of both."""
    facts, ratio = study.summary.get("core_shape"), study.statistic("core_variance_ratio")
    if not facts or ratio is None:
        return None
    with style():
        figure = new_figure(3.1)
        # A single axis has no direction of its own to compare.
        turned = bool(facts["angles"])
        left, *right = figure.subplots(1, 2, width_ratios=(1.35, 1)) if turned else [figure.subplots()]
        left.plot(np.arange(1, len(ratio) + 1), ratio, ".", color=BLUE, markersize=5)
        left.axhline(facts["trimmed_normal"], color=BLACK, linestyle=":", linewidth=1.2, label="normal, trimmed alike")
        left.axhline(facts["total_variance_ratio"], color=BLUE, linewidth=1, label="all axes together")
        top = 1.1 * max(1.0, float(np.nanmax(ratio)))
        left.set(xlabel="main axis of the whole", ylabel="variance, core over whole", title="Width of the core")
        left.set(ylim=(0, top))
        whole_numbers(left)
        left.legend(loc="lower right")
        caption = (
            f"{'Left: variance' if turned else 'Variance'} of the {facts['points']['core']:,} training points in the "
            f"core over that of all {facts['points']['train']:,}, along each main axis of the whole."
        )
        if turned:
            _angles(right[0], facts)
            caption += (
                " Right: principal angles between the leading axes of core and whole; grey: of a part as large, chosen "
                f"by chance from {facts['chance']['points']['train']:,} points, and all of those."
            )
        return plot(
            "core_shape",
            figure,
            study.config.dpi,
            caption,
            f"The core has {short(facts['total_variance_ratio'])} of the whole's total variance.",
        )


def _angles(axis: Any, facts: dict[str, Any]) -> None:
    counts = sorted(facts["angles"], key=int)
    sides = ((-0.12, facts["angles"], BLUE, "core"), (0.12, facts["chance"]["angles"], GREY, "part chosen by chance"))
    for shift, angles, colour, label in sides:
        x = [place + shift for place, count in enumerate(counts) for _ in angles[count]]
        y = [angle for count in counts for angle in angles[count]]
        axis.plot(x, y, "o", color=colour, markersize=4.5, alpha=0.8, label=label)
    axis.set_xticks(range(len(counts)), counts)
    top = max(15.0, *(1.35 * angle for _, angles, _, _ in sides for one in angles.values() for angle in one))
    axis.set(xlabel="leading axes", ylabel="principal angles, degrees", title="Direction of the core")
    axis.set(xlim=(-0.5, max(len(counts), 1) - 0.5), ylim=(-0.03 * min(top, 90), min(top, 93)))
    axis.grid(axis="x", visible=False)
    axis.legend()


def _joint(study: ReportedStudy) -> Table | None:
    """All tests of a group in a space as one."""
    facts = study.summary.get("normality") or {}
    rows = tuple(
        (
            name,
            group["points"],
            space,
            group[space]["joint_p"],
            group[space]["kurtosis_p"],
            _kurtosis_ratio(group[space]),
        )
        for name, group in _ordered(facts.get("groups"))
        for space in SPACES
        if space in group
    )
    if not rows:
        return None
    count = facts["simulations"]
    shown = tuple(
        (GROUPS[name], f"{points:,}", SPACES[space], simulated(p, count), simulated(kurtosis, count), f"{ratio:.2f}")
        for name, points, space, p, kurtosis, ratio in rows
    )
    return Table(
        "normality",
        ("group", "points", "space", "joint_p", "kurtosis_p", "kurtosis_ratio"),
        rows,
        f"Mardia's skewness and kurtosis and Henze–Zirkler in 2, 5 and 10 dimensions, as far as there are so many, "
        f"taken together: p of the most extreme of them among {facts['simulations']} simulated normal samples of the "
        f"same size and, for the core, the same trimming (at least {1 / (facts['simulations'] + 1):.3f}). Marked: p ≤ "
        f"{facts['level']:g}. Kurtosis: over a normal sample's, in the most dimensions.",
        ("group", "number", "looked at in", "p, all tests", "p, kurtosis", "kurtosis"),
        shown,
        frozenset(place for place, row in enumerate(rows) if row[3] <= facts["level"]),
    )


def _kurtosis_ratio(one: dict[str, Any]) -> float:
    kurtosis = one["dimensions"][max(one["dimensions"], key=int)]["kurtosis"]
    return float(kurtosis["statistic"] / kurtosis["expected"])


def _tests(study: ReportedStudy) -> Fold | None:
    """p-values of every multivariate test, a row per group, space and dimension."""
    facts = study.summary.get("normality") or {}
    rows = tuple(
        (name, space, int(tested), *(one[kind]["p"] for kind in TESTS), *(one[kind]["statistic"] for kind in TESTS))
        for name, group in _ordered(facts.get("groups"))
        for space in SPACES
        for tested, one in sorted(
            (group.get(space) or {"dimensions": {}})["dimensions"].items(), key=lambda at: int(at[0])
        )
    )
    if not rows:
        return None
    count = facts["simulations"]
    shown = tuple(
        (GROUPS[name], SPACES[space], str(tested), *(simulated(p, count) for p in own[:3]), *map(short, own[3:]))
        for name, space, tested, *own in rows
    )
    table = Table(
        "normality_tests",
        ("group", "space", "dimensions", *(f"{kind}_p" for kind in TESTS), *TESTS),
        rows,
        f"Each test by itself. Marked: p ≤ {facts['level']:g} in any of the three.",
        ("group", "looked at in", "dimensions", *(f"p, {name}" for name in TESTS.values()), *TESTS.values()),
        shown,
        frozenset(place for place, row in enumerate(rows) if min(row[3:6]) <= facts["level"]),
    )
    return Fold(f"The {3 * len(rows)} tests one by one", (table,))


def _single(study: ReportedStudy) -> Table | None:
    """Shapiro and Wilk's test of single components."""
    facts = (study.summary.get("normality") or {}).get("shapiro")
    if not facts:
        return None
    names = ("points", "components", "median_w", "smallest_w", "share_rejected", "share_rejected_singly")
    rows = tuple((group, *(one[name] for name in names)) for group, one in _ordered(facts))
    shown = tuple(
        (GROUPS[group], f"{points:,}", str(components), f"{w:.4f}", f"{least:.4f}", percent(share), percent(singly))
        for group, points, components, w, least, share, singly in rows
    )
    return Table(
        "shapiro",
        ("group", *names),
        rows,
        "Shapiro–Wilk on the components one by one, at p < 0.01: after Holm's adjustment for their number a normal "
        "cloud would have none rejected in 99 of 100 studies, without it 1 % of them. The more points, the smaller the "
        "departures that are rejected.",
        ("group", "number", "components", "median W", "smallest W", "rejected, adjusted", "rejected singly"),
        shown,
    )


def _picture(study: ReportedStudy, squared: Floats) -> Picture:
    train = squared[study.partition == TRAIN]
    held_out = squared[study.partition != TRAIN]
    components = study.dimension - len(study.summary.get("constant_components") or [])
    exact = (study.summary.get("covariance") or {}).get("estimate", "sample") == "sample"
    with style():
        figure = new_figure(3.5)
        left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
        _histogram(left, train, held_out, components, exact)
        for values, colour, label in ((train, BLUE, "training"), (held_out, VERMILLION, "held-out")):
            if len(values) > 1:
                expected = _expected(len(train), components, label == "training") if exact else chi2(components)
                _quantiles(right, values, expected, colour, label)
        right.axline((components, components), slope=1, color=BLACK, linewidth=1, linestyle=":")
        implied = "implied by this n" if exact else "of chi-square"
        right.set(xlabel=f"quantile {implied}", ylabel="$d_M^2$ quantile", title="Q–Q")
        right.legend()
        note = (
            "and, dashed, the exact distributions for a normal cloud of this size."
            if exact
            else "for orientation: with a shrunken covariance no exact distribution is known."
        )
        return plot(
            "mahalanobis",
            figure,
            study.config.dpi,
            "Squared Mahalanobis distance of real points from the training points' mean, beside chi-square with "
            f"{counted(components, 'degree of freedom', 'degrees of freedom')} {note} Points beyond the histogram's "
            "end are counted in its last bin.",
            "Histogram and quantile plot of squared Mahalanobis distances of training and held-out points.",
        )


def _histogram(axis: Any, train: Floats, held_out: Floats, components: int, exact: bool) -> None:
    everything = np.concatenate([train, held_out])
    top = float(max(np.quantile(everything, 0.985), chi2.ppf(0.9999, components)))
    edges = np.linspace(0, top, 90)
    for values, colour, label in ((train, BLUE, "training"), (held_out, VERMILLION, "held-out")):
        if len(values):
            axis.hist(np.minimum(values, top), edges, density=True, color=colour, alpha=0.4, label=label)
    x = np.linspace(top / 1000, top, 600)
    axis.plot(x, chi2.pdf(x, components), color=BLACK, linewidth=1.2, linestyle=":", label=f"chi-square({components})")
    n, d = len(train), components
    if exact and n > d + 2:
        for training, colour in ((True, BLUE), (False, VERMILLION)):
            axis.plot(x, _expected(n, d, training).pdf(x), color=colour, linestyle="--", linewidth=1.2)
    axis.set(xlabel="$d_M^2$", ylabel="density", title="Squared Mahalanobis distance", yticks=[])
    axis.legend()


def _expected(count: int, components: int, training: bool) -> Any:
    """The distribution of d_M² over a normal cloud's ``count`` training points, or over new points."""
    if count <= components + 2:
        return chi2(components)
    if training:
        return beta(components / 2, (count - components - 1) / 2, scale=(count - 1) ** 2 / count)
    return f(components, count - components, scale=components * (count**2 - 1) / (count * (count - components)))


def _quantiles(axis: Any, values: Floats, expected: Any, colour: str, label: str) -> None:
    share = (np.arange(1, min(len(values), 400) + 1) - 0.5) / min(len(values), 400)
    axis.plot(expected.ppf(share), np.quantile(values, share), ".", color=colour, markersize=3, label=label)
