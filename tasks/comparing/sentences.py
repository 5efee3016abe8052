"""What the comparison says, every sentence computed from the verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

import numpy as np

from tasks.comparing.config import ComparisonConfig
from tasks.comparing.headline import TOPICS
from tasks.comparing.seeds import SPREAD, seed_answer, seed_bars
from tasks.comparing.studied import Studied
from tasks.comparing.verdict import Kind, Verdict, axis_words, seeds_of
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import percent


def findings_of(
    verdicts: Sequence[Verdict], studies: Sequence[Studied], config: ComparisonConfig
) -> tuple[Finding, ...]:
    """The answer first, then a finding a topic, then the best draw."""
    seeds = seeds_of([study.member.values for study in studies])
    answer = seed_answer(verdicts, seeds, config) if seeds else _answer(verdicts, config)
    found = [
        answer,
        *(_topic(topic, verdicts) for topic in TOPICS),
        _best_draw(studies, "runs" if seeds else "studies"),
    ]
    return tuple(finding for finding in found if finding is not None)


def _answer(verdicts: Sequence[Verdict], config: ComparisonConfig) -> Finding:
    count = len(verdicts)
    groups = {kind: [v for v in verdicts if v.kind == kind] for kind in get_args(Kind)}
    axes: dict[str, list[Verdict]] = {}
    for verdict in groups["axis"]:
        axes.setdefault(verdict.axis, []).append(verdict)
    parts = [f"{len(found)} belong{'s' * (len(found) == 1)} to {axis_words(axis)}" for axis, found in _longest(axes)]
    if groups["cells"]:
        parts.append(f"{len(groups['cells'])} to the configuration as a whole")
    if groups["stable"]:
        parts.append(f"{len(groups['stable'])} {'is' if len(groups['stable']) == 1 else 'are'} stable")
    if groups["run"]:
        parts.append(f"{len(groups['run'])} belong{'s' * (len(groups['run']) == 1)} to the run")
    if groups["seed"]:
        parts.append(f"{len(groups['seed'])} var{'ies' if len(groups['seed']) == 1 else 'y'} in the only configuration")
    if groups["undecided"]:
        parts.append(f"{len(groups['undecided'])} {'is' if len(groups['undecided']) == 1 else 'are'} undecided")
    if groups["unreplicated"]:
        parts.append(f"{len(groups['unreplicated'])} vary, but nobody can tell why without repeated runs")
    bars = tuple(
        Evidence(label, float(len(found)), text=str(len(found)))
        for label, found in (
            *((axis_words(axis), found) for axis, found in _longest(axes)),
            ("the configuration", groups["cells"]), ("stable", groups["stable"]), ("the run", groups["run"]),
            ("undecided", groups["undecided"] + groups["unreplicated"] + groups["seed"]),
        ) if found
    )  # fmt: skip
    detail = (
        f"Belongs: an F-test of the axis against the runs, adjusted over all figures and axes (Holm), level "
        f"{config.significance:g}. Stable: a standard deviation below {percent(config.stable)} over all studies."
    )
    decided = len(groups["unreplicated"]) < count
    return Finding("answer", "variance", f"Of {count} figures {_listed(parts)}.", detail, bars, "figures", decided)


def _longest(axes: dict[str, list[Verdict]]) -> list[tuple[str, list[Verdict]]]:
    return sorted(axes.items(), key=lambda one: -len(one[1]))


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _topic(topic: str, verdicts: Sequence[Verdict]) -> Finding | None:
    own = [verdict for verdict in verdicts if verdict.figure.topic == topic]
    if not own:
        return None
    groups: dict[str, list[str]] = {}
    for verdict in own:
        groups.setdefault(verdict.belongs, []).append(verdict.figure.title)
    parts = [f"{_listed(titles)}: {whose}" for whose, titles in sorted(groups.items(), key=lambda one: -len(one[1]))]
    bars, unit = seed_bars(own), SPREAD
    if not bars:
        unit = "intraclass correlation: 1 only the configuration counts, 0 or less only the run"
        bars = tuple(
            Evidence(verdict.figure.title, max(0.0, verdict.parts.intraclass), text=f"{verdict.parts.intraclass:.2f}")
            for verdict in own
            if verdict.parts is not None and math.isfinite(verdict.parts.intraclass)
        )
    telling = max(own, key=_strength)
    decided = any(verdict.kind not in ("unreplicated", "undecided") for verdict in own)
    return Finding(topic, topic, f"{TOPICS[topic]}. {'; '.join(parts)}.", telling.sentence, bars, unit, decided)


def _strength(verdict: Verdict) -> float:
    """How much there is to say of a figure: its relative spread, where it belongs to somebody."""
    return verdict.spread if verdict.kind in ("axis", "cells", "seed") and math.isfinite(verdict.spread) else 0.0


def _best_draw(studies: Sequence[Studied], called: str) -> Finding | None:
    """Which sampler is best in how many studies, and whether the order of samplers is everywhere the same."""
    common = generating(studies)
    if len(common) < 2:
        return None
    multiples = np.array([[study.multiple(name) for name in common] for study in studies])
    if not np.isfinite(multiples).all():
        return None
    best = [common[int(place)] for place in multiples.argmin(axis=1)]
    counts = sorted({name: best.count(name) for name in best}.items(), key=lambda one: -one[1])
    told = _listed([f"{name} in {count}" for name, count in counts])
    agreement = concordance(multiples)
    same = "the same order" if agreement > 0.9 else "much the same order" if agreement > 0.7 else "different orders"
    text = f"The best draw is {told} of {len(studies)} {called}."
    detail = (
        f"The {called} put their {len(common)} samplers in {same} (Kendall's W {agreement:.2f}; 1 is the same order "
        "everywhere, 0 none at all)."
    )
    bars = tuple(
        Evidence(name, float(np.median(multiples[:, place])), float(np.std(multiples[:, place], ddof=1)))
        for place, name in sorted(enumerate(common), key=lambda one: float(np.median(multiples[:, one[0]])))
    )
    return Finding("best", "ladder", text, detail, bars[:8], f"median of the {called}' multiples of reconstructions")


def generating(studies: Sequence[Studied]) -> list[str]:
    """The samplers that every study has, without those that copy training faces in any of them."""
    common = [name for name in studies[0].samplers if all(name in study.samplers for study in studies)]
    return [name for name in common if not any(study.copies(name) for study in studies)]


def concordance(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Kendall's W of the rows of ``values`` (m, n), without ties: 12 S / (m² (n³ − n)) (Kendall & Smith 1939)."""
    judges, things = values.shape
    ranks = values.argsort(axis=1).argsort(axis=1) + 1.0
    sums = ranks.sum(axis=0)
    deviation = float(np.sum((sums - sums.mean()) ** 2))
    return 12 * deviation / (judges**2 * (things**3 - things)) if things > 1 else math.nan


def best_sampler(studies: Sequence[Studied]) -> str | None:
    """The sampler of the lowest median multiple among those that make new faces in every study."""
    medians = {name: float(np.median([study.multiple(name) for study in studies])) for name in generating(studies)}
    known = {name: value for name, value in medians.items() if math.isfinite(value)}
    return min(known, key=lambda name: known[name]) if known else None
