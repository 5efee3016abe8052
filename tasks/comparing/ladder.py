"""The ladders side by side: each sampler at its best level in multiples of the study's own reconstructions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from tasks.comparing.compared import Compared
from tasks.comparing.headline import TOPICS, common_samplers
from tasks.comparing.shares import hidden
from tasks.comparing.study import ComparedStudy
from tasks.comparing.topics import values_figure
from tasks.finished.cautions import cautions
from tasks.finished.scores import reference_words
from tasks.page.drawing import RECONSTRUCTION, Drawn, new_figure, picture
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Cell, Column, Prose, Section, Table, bullets, caution, fold, section, table
from tasks.page.wording import listed, short

Floats = npt.NDArray[np.float64]


def build(compared: Compared) -> Section | None:
    """The ladders drawn and in a table, what must be known of their metrics, and every value."""
    verdicts = compared.about("ladder")
    samplers = [verdict.figure.title for verdict in verdicts if verdict.figure.name != "ladder_reconstruction"]
    if not samplers:
        return None
    values = values_figure(compared, "ladder_values", verdicts, f"The ladder's figures. {compared.scheme.points}.")
    return section(
        "ladder",
        TOPICS["ladder"],
        *cautions_of(compared),
        _figure(compared, samplers),
        _table(compared),
        bullets(verdict.sentence for verdict in verdicts),
        fold(f"Every sampler in every {'configuration' if compared.scheme.axes else 'run'}", values),
    )


def best_draw(compared: Compared) -> Finding | None:
    """Which sampler is best in how many studies, and whether the order of samplers is everywhere the same."""
    common, studies = _generating(compared.studies), compared.studies
    called = "runs" if compared.seeds else "studies"
    multiples = _multiples(studies, common).T
    if len(common) < 2 or not np.isfinite(multiples).all():
        return None
    best = [common[int(place)] for place in multiples.argmin(axis=1)]
    counts = sorted({name: best.count(name) for name in best}.items(), key=lambda one: -one[1])
    agreement = concordance(multiples)
    same = "the same order" if agreement > 0.9 else "much the same order" if agreement > 0.7 else "different orders"
    told = listed([f"{name} in {count}" for name, count in counts])
    detail = (
        f"The {called} put their {len(common)} samplers in {same} (Kendall's W {agreement:.2f}; 1 is the same order "
        "everywhere, 0 none at all)."
    )
    bars = [
        Evidence(name, float(np.median(values)), float(np.std(values, ddof=1)))
        for name, values in zip(common, multiples.T, strict=True)
    ]
    return Finding(
        "best",
        "ladder",
        f"The best draw is {told} of {len(studies)} {called}.",
        detail,
        tuple(sorted(bars, key=lambda bar: bar.value)[:8]),
        f"median of the {called}' multiples of reconstructions",
    )


def best_sampler(studies: Sequence[ComparedStudy]) -> str | None:
    """The sampler of the lowest median multiple among those that make new faces in every study."""
    names = _generating(studies)
    medians = {name: float(np.median(row)) for name, row in zip(names, _multiples(studies, names), strict=True)}
    known = {name: value for name, value in medians.items() if math.isfinite(value)}
    return min(known, key=lambda name: known[name]) if known else None


def concordance(values: Floats) -> float:
    """Kendall's W of the rows of ``values`` (m, n), without ties: 12 S / (m² (n³ − n)) (Kendall & Smith 1939)."""
    judges, things = values.shape
    ranks = values.argsort(axis=1).argsort(axis=1) + 1.0
    sums = ranks.sum(axis=0)
    deviation = float(np.sum((sums - sums.mean()) ** 2))
    return 12 * deviation / (judges**2 * (things**3 - things)) if things > 1 else math.nan


def _generating(studies: Sequence[ComparedStudy]) -> list[str]:
    """The samplers that every study has, without those that copy training faces in any of them."""
    return [name for name in common_samplers(studies) if not any(study.copies(name) for study in studies)]


def _multiples(studies: Sequence[ComparedStudy], samplers: Sequence[str]) -> Floats:
    """Multiples of reconstructions: (sampler, study); NaN where a sampler was not scored."""
    found = [[study.multiple(sampler) for study in studies] for sampler in samplers]
    return np.array(found, np.float64).reshape(len(samplers), len(studies))


def cautions_of(compared: Compared) -> list[Prose]:
    """What must be known of the deciding metric, and of the novelty that tells copies, in some studies or in all."""
    config = compared.config
    found: dict[tuple[str, str, str], list[str]] = {}
    for study in compared.studies:
        for reference, metric in ((config.reference, config.metric), ("train", "novelty")):
            for text, titles in cautions(study, reference, (metric,)).items():
                found.setdefault((titles[0], reference, text), []).append(study.name)
    return [
        caution([title], f"against {reference_words(reference)} images in {_named(names, compared)}", text)
        for (title, reference, text), names in found.items()
    ]


def _named(names: list[str], compared: Compared) -> str:
    return "every study" if len(names) == len(compared.studies) else listed(names)


@picture
def _figure(compared: Compared, samplers: list[str]) -> Drawn:
    """Every sampler's best level in multiples of the study's own reconstructions, a point a study."""
    multiples, title, count = _multiples(compared.studies, samplers), compared.metric, len(compared.studies)
    order = np.argsort(-np.nanmedian(multiples, axis=1), kind="stable")
    figure = new_figure(max(2.2, (0.16 + 0.022 * count) * len(samplers) + 1.2))
    axes = figure.subplots()
    axes.axvline(1, color=RECONSTRUCTION, linestyle="--", linewidth=1.4)
    for row, sampler in enumerate(order):
        for study, (_, colour) in enumerate(compared.scheme.placed):
            value = multiples[sampler, study]
            if math.isfinite(value) and value > 0:
                axes.plot(value, row + 0.5 * (study / max(1, count - 1) - 0.5), "o", color=colour, markersize=4)
    axes.set_yticks(range(len(samplers)), [samplers[place] for place in order])
    known = multiples[np.isfinite(multiples) & (multiples > 0)]
    if len(known) and known.max() > 5 * known.min():
        axes.set_xscale("log")
        ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if known.min() / 2 < t < 2 * known.max()]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    axes.set_xlabel(f"{title} / that of the study's reconstructions (lower is better)")
    axes.invert_yaxis()
    compared.scheme.legend(figure, axes)
    medians = "; ".join(f"{samplers[k]} {short(float(np.nanmedian(multiples[k])))}" for k in order)
    return Drawn(
        "ladders",
        figure,
        f"The ladders side by side: each sampler at its best level, {title} as a multiple of reconstructions.",
        f"Medians over the studies: {medians}.",
    )


def _table(compared: Compared) -> Table:
    """Samplers down, studies across: multiples of each study's reconstructions, at the best level."""
    studies, title = compared.studies, compared.metric
    samplers = list(dict.fromkeys(name for study in studies for name in study.scores.samplers))
    median = dict(zip(samplers, map(float, np.nanmedian(_multiples(studies, samplers), axis=1)), strict=True))
    columns = [hidden("sampler"), Column("", "sampler")]
    units: list[Cell] = [f"reconstruction ({title})", f"reconstructions: {title}"]
    for study in studies:
        columns += [hidden(study.name), Column("", study.name.replace("=", " "))]
        units += [study.reconstruction(), short(study.reconstruction())]
    rows = [units]
    for sampler in sorted(samplers, key=lambda name: -median[name]):
        rows.append([sampler, sampler, *(cell for study in studies for cell in _multiple(study, sampler))])
    caption = f"{title} in multiples of the study's own reconstructions, each sampler at its best level (small type)."
    return table("ladder", columns, rows, caption, {0})


def _multiple(study: ComparedStudy, sampler: str) -> tuple[Cell, Cell]:
    score, multiple = study.best(sampler), study.multiple(sampler)
    words = Markup("{} ×<small>{}</small>").format(short(multiple), score.level) if score is not None else "–"
    return multiple, words
