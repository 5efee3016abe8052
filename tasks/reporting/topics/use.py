"""What to use, in plain words: the draw, what it is worth and costs, what to leave, and why correlations matter."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator
from typing import Any

from markupsafe import Markup

from storage.arrays import read_array
from tasks.assessment.tables import Score
from tasks.finished.metrics import metric_named
from tasks.finished.numbers import at
from tasks.finished.scores import Comparison, reference_words
from tasks.ingestion.partition import TRAIN
from tasks.page.images import contact_sheet
from tasks.page.render import prose
from tasks.page.section import Block, Cell, Fold, Part, Picture, Prose, Section, Table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import labelled_stack
from tasks.page.wording import probability, short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.answer import NEW, copies
from tasks.reporting.topics.draws import difference
from tasks.reporting.topics.ladder import Rung, ladder
from tasks.reporting.topics.planned import planned

ORDER = 910
FACES = 10
FAR = 2.0
"""From this multiple of the recommended draw's distance on, a sampler is named as one to leave."""

SCALE, INTERVALS, MOMENTS = "one scale", "an interval of every component", "mean and covariance"
MIXTURE, POINTS = "weight, mean and covariance of every mixture component", "all training points"
KEEPS = {
    "uniform_common": SCALE, "normal_origin": SCALE, "uniform_component": INTERVALS,
    "normal_component": INTERVALS, "multivariate_normal": MOMENTS, "multivariate_normal_core": MOMENTS,
    "pca_truncated": MOMENTS, "ellipse_restricted": MOMENTS, "mahalanobis_shell": MOMENTS,
    "shuffled": POINTS, "resampled": POINTS, "manifold_parzen": POINTS, "neighbour_corrected": POINTS,
    "pair_mixture": POINTS, "interpolation": POINTS, "gaussian_mixture": MIXTURE,
}  # fmt: skip
"""What a sampler must keep of the training points; one that is not named here says nothing of it."""


def build(study: ReportedStudy) -> Section | None:
    """The advice and its commands, faces side by side, why correlations matter, and every sampler's verdict."""
    answer = study.answer
    if answer is None:
        return None
    if answer.pick is None:
        return Section("use", "What to use", (), (answer,))
    rungs = {rung.sampler: rung for rung in ladder(study)}
    best = {name: score for name in study.scores.samplers if (score := study.scores.best(study.judge, name))}
    pick = best[answer.pick[0]]
    advice = Markup("").join(
        Markup("<li><b>{}</b> {}</li>").format(title, prose(text)) for title, text in _advice(study, pick, best, rungs)
    )
    blocks: list[Block] = [Prose(Markup('<ul class="advice">{}</ul>').format(advice))]
    blocks += [_commands(study, pick)] if pick.sampler in study.samples else []
    blocks += [picture] if (picture := _side_by_side(study, pick, best, rungs)) else []
    blocks += [part] if (part := _why(study)) else []
    blocks.append(Fold("Every sampler and what becomes of it", (_verdicts(study, pick, best, rungs),)))
    return Section("use", "What to use", tuple(blocks), (answer,))


def _advice(
    study: ReportedStudy, pick: Score, best: dict[str, Score], rungs: dict[str, Rung]
) -> Iterator[tuple[str, str]]:
    yield "How good?", _how_good(study, pick, rungs)
    yield "How new?", _how_new(study, pick)
    as_good = [score for score in best.values() if score != pick and _as_good(study, pick, score)]
    if as_good:
        names = ", ".join(
            f"{score.name} ({_times(study, pick, score)})" for score in sorted(as_good, key=lambda score: score.value)
        )
        yield "What else?", f"Not shown to be worse by the draws of this study: {names}."
    if cost := _cost(study, pick, best, rungs):
        yield "What does it cost?", cost
    yield "What not to use?", _what_not(study, pick, best)


def _times(study: ReportedStudy, pick: Score, score: Score) -> str:
    """A score as a multiple of the recommended draw's: ``1.13 times its FD``."""
    title = metric_named(study.judge.metric).title
    return f"{short(score.value / pick.value)} times its {title}" if pick.value > 0 else f"{title} {short(score.value)}"


def _as_good(study: ReportedStudy, pick: Score, score: Score) -> bool:
    """Not shown to be worse than the recommended draw, and no copy."""
    return not copies(study.numbers, score) and not study.numbers.compare(pick, score).better


def _how_good(study: ReportedStudy, pick: Score, rungs: dict[str, Rung]) -> str:
    title = metric_named(study.judge.metric).title
    found = rungs[pick.sampler].multiples if pick.sampler in rungs else {}
    listed = " and ".join(
        f"{short(found[name])} against {reference_words(name)} images"
        for name in sorted(found, key=lambda name: name != study.judge.reference)
    )
    text = f"Its distance to real faces ({title}) is {short(pick.value)}."
    if listed:
        text = (
            f"Its distance to real faces ({title}), in multiples of what the autoencoder's own copies of other faces "
            f"reach: {listed}. 1 is where these reconstructions lie."
        )
    coverage = study.scores.beside(pick, "coverage", study.judge.reference)
    if coverage is not None:
        text += f" Coverage {coverage.value:.2f}: the share of real faces that have a drawn one near them."
    return text


def _how_new(study: ReportedStudy, pick: Score) -> str:
    value, latent = (study.scores.beside(pick, name, "train") for name in ("novelty", "novelty_latent"))
    if value is None:
        return "Not measured: that it copies training faces is not ruled out."
    claim = "as new as faces never seen" if value.value >= NEW else "nearer to training faces than unseen faces are"
    text = f"Its faces are {claim}: novelty {value.value:.2f}, where 0 is a copy and 1 an unseen face"
    return text + (f"; {latent.value:.2f} between latent points." if latent is not None else ".")


def _kept(study: ReportedStudy, score: Score) -> str:
    """What a sampler keeps, with the count of numbers; empty where that is not known."""
    train, d = int((study.partition == TRAIN).sum()), study.dimension
    moments = d + d * (d + 1) // 2
    kind = KEEPS.get(score.sampler)
    if kind is None or (kind == MIXTURE and not _mixed(study, score)):
        return ""
    sizes: dict[str, Callable[[], int]] = {
        SCALE: lambda: 1, INTERVALS: lambda: 2 * d, MOMENTS: lambda: moments, POINTS: lambda: train * d,
        MIXTURE: lambda: _mixed(study, score) * (1 + moments),
    }  # fmt: skip
    count = sizes[kind]()
    return f"{kind}, {count:,} {'number' if count == 1 else 'numbers'}"


def _mixed(study: ReportedStudy, score: Score) -> int:
    """How many components the mixture of a level has; 0 where that is not known."""
    return int(level_values(study, score).get("components", 0)) if score.sampler in study.samples else 0


def _cost(study: ReportedStudy, pick: Score, best: dict[str, Score], rungs: dict[str, Rung]) -> str:
    kept = _kept(study, pick)
    if not kept:
        return ""
    text = f"It keeps {kept}."
    if KEEPS[pick.sampler] != POINTS:
        return text
    text += " Together with the decoder, these give back every training face as the autoencoder reconstructs it."
    lean = [score for name, score in best.items() if KEEPS.get(name) in (INTERVALS, MOMENTS)]
    if not lean:
        return text
    least = min(lean, key=lambda score: score.value)
    step = study.numbers.compare(pick, least)
    price = f"is at {_times(study, pick, least)}" + ("" if step.decided else ", not shown to be worse")
    return (
        f"{text} Where that must not be, or it is too much, draw with {least.name}, which keeps "
        f"{_kept(study, least)}, and {price}."
    )


def _what_not(study: ReportedStudy, pick: Score, best: dict[str, Score]) -> str:
    ordered = sorted(best.values(), key=lambda score: -score.value)
    far = [
        score for score in ordered if score.value > FAR * pick.value > 0 and study.numbers.compare(pick, score).better
    ]
    copied = [score for score in ordered if copies(study.numbers, score)]
    parts = []
    if far:
        named = ", ".join(f"{score.name} ({short(score.value / pick.value)} times as far)" for score in far)
        parts.append(f"Far behind even at their best level: {named}.")
    if copied:
        parts.append(f"{', '.join(score.name for score in copied)}: copies training faces, however low it scores.")
    return " ".join(parts) or f"No sampler is more than {FAR:g} times as far from real faces."


def level_values(study: ReportedStudy, score: Score) -> dict[str, Any]:
    """The level's parameters by name, as ``generate --level`` and ``draw`` take them."""
    draws = study.samples[score.sampler]
    level = study.level(score.sampler, score.label)
    names = [str(name) for name in draws.group.attrs.get("parameters") or []]  # type: ignore[union-attr]
    if level is None:
        return {}
    values = {name: read_array(draws.group, name)[level] for name in names if name in draws.group}
    return {name: value if isinstance(value, str) else value.item() for name, value in values.items()}


def _commands(study: ReportedStudy, pick: Score) -> Prose:
    level, key = level_values(study, pick), study.model.name
    options = "".join(f" --level {name}={value}" for name, value in level.items())
    arguments = "".join(f", {name}={value!r}" for name, value in level.items())
    shell = (
        f"latentfaces generate --store {shlex.quote(study.store)} --model {key} --sampler {pick.sampler}{options} "
        "--count 24 --out faces"
    )
    python = (
        f'from flows.notebook import open_study\n\nstudy = open_study({study.store!r}, model="{key}")\n'
        f'faces = study.decode(study.draw("{pick.sampler}", 24{arguments}))\nstudy.sheet(faces)'
    )
    return Prose(
        Markup("<p>To draw 24 faces with it, on the command line and in Python:</p><pre><code>{}</code></pre>"
               "<pre><code>{}</code></pre>").format(shell, python)
    )  # fmt: skip


def _side_by_side(study: ReportedStudy, pick: Score, best: dict[str, Score], rungs: dict[str, Rung]) -> Picture | None:
    """The first faces of the naive draw, of one without and one with correlations, and of the recommended draw."""
    step = planned(study.numbers).get("correlations")
    pair = [step.second, step.first] if step is not None else []
    shown = dict.fromkeys([*([best["uniform_common"]] if "uniform_common" in best else []), *pair, pick])
    words = {"uniform_common": "one interval for all components", "normal_component": "correlations left out"}
    words |= {"multivariate_normal": "correlations kept"} | {pick.sampler: "the recommended draw"}
    title = metric_named(study.judge.metric).title
    sheets, labels = [], []
    for score in shown:
        level = study.level(score.sampler, score.label)
        if level is not None:
            sheets.append(contact_sheet(study.samples[score.sampler].images(level, slice(FACES)), FACES))
            labels.append(f"{score.name}, {title} {short(score.value)}: {words[score.sampler]}")
    if len(sheets) < 2:
        return None
    return photograph(
        "what_to_use",
        labelled_stack(sheets, labels),
        "The first faces of each draw as they came, through the same decoder.",
        f"Rows of faces: {'; '.join(labels)}.",
    )


def _why(study: ReportedStudy) -> Part | None:
    """Why correlations matter: the same normal distribution with and without them, in faces and in distances."""
    step = planned(study.numbers).get("correlations")
    if step is None:
        return None
    items = [_in_faces(study, step)]
    inflation, independent = (
        study.summary.get(name) for name in ("variance_inflation_sum", "variance_inflation_independent_sum")
    )
    if inflation and independent:
        items.append(
            f"In latent space: points whose components keep their variances but are drawn independently have a mean "
            f"d_M² of {short(inflation)}, {short(inflation / independent)} times what independent components of as "
            "many images would give. They lie where the encoder never put a face, so the decoder never learnt there."
        )
    largest = at(study.summary, "correlation", "largest")
    if largest is not None:
        items.append(f"The largest correlation between two components is {largest:.2f}; one tells of the other.")
    text = Markup("").join(Markup("<li>{}</li>").format(prose(item)) for item in items)
    title = "Why correlations matter" if step.better else "What correlations are worth here"
    return Part(title, "why-correlations", (Prose(Markup("<ul>{}</ul>").format(text)),))


def _in_faces(study: ReportedStudy, step: Comparison) -> str:
    title = metric_named(study.judge.metric).title
    start = (
        f"In faces: {step.first.name} and {step.second.name} have the same mean and the same variances; only the first "
        "has the correlations. "
    )
    if step.better:
        return start + f"Without them {title} is {short(step.ratio)} times as large ({probability(step.probability)})."
    if step.worse:
        return start + f"Here the first does worse: its {title} is {difference(step)}."
    times = "" if math.isnan(step.ratio) else f": the second's is {short(step.ratio)} times the first's"
    return start + f"By {title} neither is shown to be worse here{times}."


def _verdicts(study: ReportedStudy, pick: Score, best: dict[str, Score], rungs: dict[str, Rung]) -> Table:
    judge = study.judge
    rows: list[tuple[Cell, ...]] = []
    for place, score in enumerate(sorted(best.values(), key=lambda score: score.value), start=1):
        multiple = rungs[score.sampler].multiples.get(judge.reference, float("nan"))
        new = study.scores.beside(score, "novelty", "train")
        novelty: Cell = new.value if new else ""
        rows.append((place, score.sampler, score.label, multiple, novelty, _kept(study, score),
                     _verdict(study, pick, score)))  # fmt: skip
    shown = tuple(
        (f"{row[0]}", row[1], best[str(row[1])].level, f"{short(float(row[3]))} ×",
         short(float(row[4])) if row[4] != "" else "–", row[5] or "–", row[6])
        for row in rows
    )  # fmt: skip
    columns = ("rank", "sampler", "label", f"{judge.metric}_per_reconstruction", "novelty", "keeps", "verdict")
    headings = ("rank", "sampler", "best level", f"{metric_named(judge.metric).title} / reconstructions", "novelty",
                "keeps", "verdict")  # fmt: skip
    caption = f"By {metric_named(judge.metric).title} against {judge.images}, the best first."
    return Table("what_to_use", columns, tuple(rows), caption, headings, shown, frozenset({_place(rows, pick)}))


def _place(rows: list[tuple[Cell, ...]], pick: Score) -> int:
    return next(place for place, row in enumerate(rows) if row[1] == pick.sampler)


def _verdict(study: ReportedStudy, pick: Score, score: Score) -> str:
    if score == pick:
        return "use"
    if copies(study.numbers, score):
        return "copies"
    if _as_good(study, pick, score):
        return f"not shown to be worse ({_times(study, pick, score)})"
    return f"{short(score.value / pick.value)} times as far" if pick.value > 0 else "worse"
