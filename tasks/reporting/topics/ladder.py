"""Which sampler is best: each at its most promising level, judged by fresh draws, from the farthest to the closest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, combinations

from markupsafe import Markup

from tasks.assessment.broken import FLAGGED
from tasks.assessment.copies import NEAREST
from tasks.assessment.tables import Score
from tasks.finished.metrics import by_order, metric_named
from tasks.finished.numbers import Numbers
from tasks.finished.scores import FIXED_ROWS
from tasks.finished.verdict import DISTANCE, Judged, Verdict
from tasks.page.finding import Finding
from tasks.page.section import Cell, Column, Prose, Section, Table, fold, section, table
from tasks.page.wording import counted, listed, percent, with_interval
from tasks.reporting.ladder_chart import chart, mark
from tasks.reporting.study import ReportedStudy
from tasks.reporting.words import cautions, limit, named, names, rough, score_cells, score_columns
from tasks.sampling.registry import class_of

ORDER = 710
RANK = 5


def build(study: ReportedStudy) -> Section | None:
    """The rule, a figure and a table of all samplers."""
    ranked = study.verdict.leaders[::-1]
    if not ranked:
        return None
    beside = _beside(study)
    return section(
        "ladder",
        "Which draw is best",
        Prose(Markup("").join(Markup("<p>{}</p>").format(text) for text in rule(study))),
        # Its faces are shown as they are, in the dark too.
        replace(chart(study, ranked), photographs=True),
        *cautions(study, study.criterion.reference, beside),
        fold("The ladder in numbers", _table(study, ranked, beside)),
        claims=study.claims("ladder", "correlations"),
    )


def ranking(numbers: Numbers) -> Finding | None:
    """How many pairs of samplers can be told apart, and from how many the closest."""
    leaders = [row for row in numbers.verdict.leaders if math.isfinite(row.distance.value)]
    if len(leaders) < 2:
        return None
    pairs = list(combinations(leaders, 2))
    apart = [pair for pair in pairs if not pair[0].distance.overlaps(pair[1].distance)]
    if len(apart) == len(pairs):
        text = f"The intervals of the {len(leaders)} samplers' {DISTANCE} do not overlap: their order is no chance."
    elif apart:
        text = f"Of {len(pairs)} pairs of samplers {len(apart)} have intervals of {DISTANCE} that do not overlap."
    else:
        text = f"The {len(leaders)} samplers cannot be told apart: all their intervals of {DISTANCE} overlap."
    first, others = leaders[0], leaders[1:]
    told = sum(first in pair for pair in apart)
    detail = (
        f"The interval of the closest, {first.name}, is apart from those of {told} of the {len(others)} others. Each "
        f"sampler at its most promising level, "
        f"{len(first.draws)} fresh draws of {first.n // len(first.draws)} faces; 95 % intervals, not "
        "adjusted for the number of pairs."
    )
    return Finding("ranking", "ladder", text, detail, decided=bool(apart))


FINDERS = (ranking,)


def rule(study: ReportedStudy) -> list[str]:
    """How the verdict is reached, in plain words with this study's numbers; a text a paragraph."""
    verdict, facts = study.verdict, study.verdict.autoencoder
    leaders, first = verdict.leaders, verdict.leaders[0]
    told = (
        f"Every sampler is drawn from anew at the level whose stored faces came closest within the limits: "
        f"{len(first.draws)} draws of {first.n // len(first.draws)} faces, each from a fit of its own and all samplers "
        f"from the same random numbers. {DISTANCE} is the squared Fréchet distance of their features ({_space(study)}) "
        f"from those of the reconstructions of all {facts['references']:,} training images, extrapolated to infinitely "
        "many faces. That takes off the bias of finite draws, so 0 is a perfect match and a value slightly below it is "
        "chance."
    )
    learned = [row.sampler for row in leaders if class_of(row.sampler).learned]
    if learned:
        told += (
            f" All draws of {listed(learned)} come from one fit, so that {'its' if len(learned) == 1 else 'their'} "
            "intervals leave out how much fits differ."
        )
    held_out = verdict.reconstructions.get("fd_debiased")
    if held_out is not None:
        told += f" Held-out reconstructions have {rough(held_out)}."
    return [told, _limits(verdict, leaders), *_decoder(facts)]


def _limits(verdict: Verdict, leaders: Sequence[Judged]) -> str:
    facts = verdict.autoencoder
    broken = [row for row in leaders if verdict.breaks(row)]
    copied = [row for row in leaders if verdict.copies(row)]
    text = (
        f"The rule: a sampler is a candidate if at most {limit(facts['most_broken'])} of its faces are broken "
        f"({limit(FLAGGED)} of reconstructions are, by definition) and at most {limit(facts['most_copied'])} are "
        f"copies (nearer in features to a training reconstruction than {limit(1 - NEAREST)} of those are to one "
        f"another). Candidates whose 95 % interval of {DISTANCE} overlaps with that of the closest one tie with it, "
        "and of these the one that keeps the fewest numbers of the training points is recommended. The kernel distance "
        "(KID) is a second opinion: where it prefers a sampler beyond the tie, the answer says so. "
        f"Here {len(leaders) - len({*broken, *copied})} of {counted(len(leaders), 'sampler')} are candidates"
    )
    out = [
        f"{len(rows)} {'has' if len(rows) == 1 else 'have'} too many {what} ({names(rows, len(rows))})"
        for rows, what in ((broken, "broken faces"), (copied, "copies"))
        if rows
    ]
    text += "".join(f", {one}" for one in out) + "."
    if len(verdict.tied) > 1:
        text += f" {len(verdict.tied)} tie: {names(verdict.tied, len(verdict.tied))}."
    return text + (f" There is no answer yet: {verdict.withheld}." if verdict.pick is None else "")


def _decoder(facts: dict[str, object]) -> list[str]:
    """What decoding itself costs, which no draw can mend; told here alone."""
    cost = facts["decoder_share"]
    if not isinstance(cost, float):
        return []
    return [
        f"What the decoder itself costs: {DISTANCE} of the training reconstructions from the training photographs is "
        f"{percent(cost)} of the total variance of the photographs' features. No way of drawing can mend that, so "
        "draws are compared with reconstructions."
    ]


def _space(study: ReportedStudy) -> str:
    kind = str(study.verdict.autoencoder["features"])
    if kind == "random":
        return "of an untrained network with fixed random weights, which orders samplers only roughly"
    if kind != "attributes":
        return f"of the network “{kind}”"
    accuracy = study.feature_network.get("accuracy")
    known = f", {100 * accuracy:.1f} % accurate" if isinstance(accuracy, int | float) else ""
    return f"of a small classifier trained on the data's own attributes{known}"


def _beside(study: ReportedStudy) -> list[str]:
    """The metrics of the stored draws that the table shows beside the judged numbers."""
    measured = {row.metric for row in study.scores.rows}
    kept = by_order(name for name in measured if metric_named(name).ladder or metric_named(name).aspect)
    return sorted(kept, key=lambda name: metric_named(name).ladder or math.inf)


def _table(study: ReportedStudy, ranked: Sequence[Judged], beside: list[str]) -> Table:
    columns = [
        Column("rank", shown=None),
        Column("sampler", shown=named, takes=2),
        Column("label", shown=None),
        Column("standing", "", mark),
        Column("fd_debiased", f"{DISTANCE} ↓", with_interval, takes=3),
        Column("fd_debiased_low", shown=None),
        Column("fd_debiased_high", shown=None),
        Column("kid_decoded", "KID ↓", with_interval, takes=3),
        Column("kid_decoded_low", shown=None),
        Column("kid_decoded_high", shown=None),
        Column("broken", "broken ↓", percent),
        Column("copied", "copied ↓", percent),
        *chain(*(score_columns(name, metric_named(name).heading, "multiple") for name in beside)),
    ]
    rows: list[tuple[Cell | None, ...]] = [
        (
            len(ranked) - place,
            row.sampler,
            row.label,
            study.verdict.standing(row),
            *row.distance,
            *row.kid,
            row.broken.value,
            row.copied.value,
            *chain(*(_cells(study, row.sampler, row.label, name) for name in beside)),
        )
        for place, row in enumerate(ranked)
    ]
    for name in FIXED_ROWS:
        judged = study.verdict.reconstructions if name == "reconstruction" else {}
        distance, kid, broken, copied = (
            judged.get(metric) for metric in ("fd_debiased", "kid_decoded", "broken", "copied")
        )
        ends = math.nan, math.nan
        numbers = (_known(distance), *ends, _known(kid), *ends, broken, copied)
        rows.append(("", name, "", "", *numbers, *chain(*(_cells(study, name, None, metric) for metric in beside))))
    caption = (
        f"The ladder in numbers, the farthest first: {DISTANCE} and KID of fresh draws with 95 % intervals and the "
        "shares of broken and copied faces; then what the stored draws of the same level have against training "
        "images, in small type as a multiple of the reconstruction row. The last two rows are held-out photographs and "
        "their reconstructions."
    )
    return table("ladder", columns, rows, caption, range(len(ranked), len(rows)))


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _cells(study: ReportedStudy, sampler: str, label: str | None, metric: str) -> tuple[Cell, Cell, Cell]:
    unit = _found(study, metric, "reconstruction", None)
    return score_cells(_found(study, metric, sampler, label), unit.value if unit is not None else None)


def _found(study: ReportedStudy, metric: str, sampler: str, label: str | None) -> Score | None:
    reference = metric_named(metric).reference or study.criterion.reference
    rows = study.scores.select(sampler, label, metric, reference=reference)
    rows = [row for row in rows if row.features in (study.criterion.features, "pixels", "latent")]
    return next((row for row in rows if math.isfinite(row.value)), None)
