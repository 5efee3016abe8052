"""How normal the cloud is: the section on its core, its distances, and tests against simulated normal samples."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.page.section import Column, Fold, alike, fold, table
from tasks.page.wording import percent, short
from tasks.reporting.topic import Facts, Finding, Numbers, ReportedStudy, at, measured, topic
from tasks.reporting.topics.core import core, core_shape, shares, width_and_direction
from tasks.reporting.topics.distances import distances, normality, spread
from tasks.reporting.topics.planes import departing

GROUPS = {"train": "training points", "core": "training points in the core", "heldout": "held-out points"}
SPACES = {"leading": "leading axes", "random": "random projections"}
TESTS = {"skewness": "Mardia's skewness", "kurtosis": "Mardia's kurtosis", "henze_zirkler": "Henze–Zirkler"}
TAILS = {
    "heavier": "the tails are heavier than normal",
    "lighter": "the tails are lighter than normal",
    "mixed": "the tails are not normal, heavier by one measure and lighter by another",
    "normal": "the tails cannot be distinguished from normal ones",
}
GROUP = Column("group", shown=GROUPS.__getitem__)
SPACE = Column("space", "looked at in", SPACES.__getitem__)
POINTS = Column("points", "number", "{:,}".format)


@measured("normality", "groups")
def body_and_tails(numbers: Numbers, groups: Facts) -> Finding | None:
    """Whether the body is normal, by the core's tests, and whether the tails are, by all points' kurtosis and d_M."""
    level, simulations = (numbers.summary["normality"][name] for name in ("level", "simulations"))
    joint = {name: at(groups, name, "leading", "joint_p") for name in GROUPS}
    if not any(joint.values()):
        return None
    p, tails = joint["core"], _tails(numbers, groups, level)
    if p is None:
        text = f"Without a core, it is unknown whether the body is normal; {TAILS[tails]}."
    elif p > level and tails == "normal":
        text = "Neither the body nor the tails differ significantly from a normal distribution."
    elif p > level:
        text = f"The body is normal as far as the tests show; {TAILS[tails]}."
    elif tails == "normal":
        text = f"The body departs from a normal distribution; {TAILS[tails]}."
    else:
        text = f"Neither the body nor the tails are normal: even the core departs from normality, and {TAILS[tails]}."
    known = [(words, groups[name], joint[name]) for name, words in GROUPS.items() if name in groups]
    own = ", ".join(
        f"{words} ({one['points']:,}) {simulated(own, simulations)}" for words, one, own in known if own is not None
    )
    counted = "; ".join(f"{words} {one['rejected']} of {one['performed']}" for words, one, _ in known)
    detail = (
        f"p of the tests along the leading axes taken as one, against {simulations} simulated normal samples of the "
        f"same size and trimming ({1 / (simulations + 1):.3f} is the least that so many can show): {own}. Single tests "
        f"with p ≤ {level:g}, leading axes and random projections: {counted}."
    )
    return Finding("body_and_tails", "normality", text, detail, decided=p is not None)


def simulated(p: float, simulations: int) -> str:
    """A p-value from simulations: the least that so many can show is an upper bound, ``≤ 0.005``."""
    return f"≤ {p:.3f}" if p <= 1.001 / (simulations + 1) else f"{p:.3f}"


@measured("shape", "kinds")
def one_by_one(numbers: Numbers, kinds: dict[str, int]) -> Finding | None:
    """Single components and pairs beside the whole: the former may look normal where the latter is not."""
    facts = numbers.summary.get("normality") or {}
    p, level = at(facts, "groups", "core", "leading", "joint_p"), facts.get("level")
    if not level or p is None:
        return None
    whole, normal = sum(kinds.values()), kinds.get("normal-like", 0)
    tails = _tails(numbers, facts["groups"], level)
    jointly, singly = p > level and tails == "normal", normal >= 0.9 * whole
    where = "its body departs" if tails == "normal" else "its tails depart" if p > level else "body and tails depart"
    counted = f"{normal} of {whole}"
    if singly and jointly:
        text = f"Single components look normal ({counted}), and nothing tells the whole cloud from a normal one."
    elif singly:
        text = f"Single components look normal ({counted}), but the cloud as a whole does not: {where} from normality."
    elif jointly:
        text = f"Not all components are normal one by one ({counted}), though the tests of the whole do not tell."
    else:
        text = f"Not all components are normal one by one ({counted}), nor is the whole: {where} from a normal one's."
    odd = departing(numbers)
    detail = ""
    if odd is not None:
        held = "other shares than" if odd else "on average as many points as"
        detail = f"In planes of two components or axes, ellipses hold {held} a normal distribution's. "
    if singly and not jointly:
        detail += (
            "This is no contradiction: departures too small to detect in one or two components add up over many, and "
            "dependence beyond correlation shows in no single component."
        )
    return Finding("one_by_one", "normality", text, detail.strip())


def _tails(numbers: Numbers, groups: Facts, level: float) -> str:
    """A key of ``TAILS``, from kurtosis along most leading axes (all and held-out points) and the spread of d_M."""
    sides = {spread(numbers)[0]}
    for name in ("train", "heldout"):
        if leading := at(groups, name, "leading"):
            most = _kurtosis(leading)
            if most["p"] <= level:
                sides.add("heavier" if most["statistic"] > most["expected"] else "lighter")
    sides -= {"normal", "unknown"}
    return "mixed" if len(sides) > 1 else next(iter(sides), "normal")


def _kurtosis(tested: Facts) -> dict[str, float]:
    """Along the most axes that were tested: those tell how far points stray, flat-topped leading planes do not."""
    kurtosis: dict[str, float] = tested["dimensions"][max(tested["dimensions"], key=int)]["kurtosis"]
    return kurtosis


def _tested(groups: Facts) -> Iterator[tuple[str, str, Facts]]:
    """The tests of every group in every space, as far as there are any, in the order of the tables."""
    return ((name, space, groups[name][space]) for name in GROUPS for space in SPACES if at(groups, name, space))


@measured("normality", "shapiro")
def _single(study: ReportedStudy, facts: Facts) -> Fold | None:
    """Shapiro and Wilk's test of single components."""
    columns = (
        GROUP,
        POINTS,
        Column("components"),
        *alike("{:.4f}".format, median_w="median W", smallest_w="smallest W"),
        *alike(percent, share_rejected="rejected, adjusted", share_rejected_singly="rejected singly"),
    )
    caption = (
        "Shapiro–Wilk on the components one by one, at p < 0.01: after Holm's adjustment for their number a normal "
        "cloud would have none rejected in 99 of 100 studies, without it 1 % of them. The more points, the smaller the "
        "departures that are rejected."
    )
    rows = [{"group": name, **facts[name]} for name in GROUPS if name in facts]
    return fold("Single components tested one by one", table("shapiro", columns, rows, caption))


@measured("normality")
def _joint(study: ReportedStudy, facts: Facts) -> Fold | None:
    """All tests of a group in a space as one."""
    groups, count = facts["groups"], facts["simulations"]
    columns = (
        GROUP,
        POINTS,
        SPACE,
        *alike(lambda p: simulated(p, count), joint_p="p, all tests", kurtosis_p="p, kurtosis"),
        Column("kurtosis_ratio", "kurtosis", "{:.2f}".format),
    )
    rows = []
    for name, space, tested in _tested(groups):
        ratio = _kurtosis(tested)["statistic"] / _kurtosis(tested)["expected"]
        rows.append((name, groups[name]["points"], space, tested["joint_p"], tested["kurtosis_p"], float(ratio)))
    caption = (
        "Mardia's skewness and kurtosis and Henze–Zirkler in 2, 5 and 10 dimensions, as far as there are so many, "
        f"taken together: p of the most extreme of them among {count} simulated normal samples of the same size and, "
        f"for the core, the same trimming (at least {1 / (count + 1):.3f}). Marked: p ≤ {facts['level']:g}. Kurtosis: "
        "over a normal sample's, in the most dimensions."
    )
    marked = [place for place, row in enumerate(rows) if row[3] <= facts["level"]]
    title = "Leading axes and random projections tested together"
    return fold(title, table("normality", columns, rows, caption, marked))


@measured("normality")
def _tests(study: ReportedStudy, facts: Facts) -> Fold | None:
    """p-values of every multivariate test, a row per group, space and dimension."""
    count = facts["simulations"]
    columns = (
        GROUP,
        SPACE,
        Column("dimensions"),
        *alike(lambda p: simulated(p, count), **{f"{test}_p": f"p, {name}" for test, name in TESTS.items()}),
        *alike(short, **TESTS),
    )
    rows = [
        (name, space, int(axes), *(one[test]["p"] for test in TESTS), *(one[test]["statistic"] for test in TESTS))
        for name, space, tested in _tested(facts["groups"])
        for axes, one in sorted(tested["dimensions"].items(), key=lambda entry: int(entry[0]))
    ]
    caption = f"Each test by itself. Marked: p ≤ {facts['level']:g} in any of the three."
    marked = [place for place, row in enumerate(rows) if min(row[3:6]) <= facts["level"]]
    return fold(f"The {3 * len(rows)} tests one by one", table("normality_tests", columns, rows, caption, marked))


ORDER, RANK = 320, 70
FINDERS = (one_by_one, normality, core, core_shape, body_and_tails)
build = topic(
    "normality",
    "The core, and how normal the cloud is",
    distances,
    width_and_direction,
    _single,
    _joint,
    shares,
    _tests,
    first=("one_by_one", "body_and_tails", "normality"),
)
