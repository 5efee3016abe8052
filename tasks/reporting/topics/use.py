"""What to use, in plain words: the draw, what it is worth and costs, what to leave, and why correlations matter."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from tasks.assessment.tables import Score, level_words
from tasks.finished.numbers import NEW, at
from tasks.finished.scores import Comparison, reference_words
from tasks.ingestion.partition import TRAIN
from tasks.page.images import contact_sheet
from tasks.page.render import prose
from tasks.page.section import Cell, Column, Part, Picture, Prose, Section, Table, fold, section, table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import labelled_stack
from tasks.page.wording import counted, probability, short
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.ladder import LadderRow, ladder
from tasks.reporting.topics.planned import difference, planned
from tasks.sampling.registry import SAMPLERS, class_of

ORDER = 910
FACES = 10
FAR = 2.0
"""From this multiple of the recommended draw's distance on, a sampler is named as one to leave."""


def build(study: ReportedStudy) -> Section | None:
    """The advice and its commands, faces side by side, why correlations matter, and every sampler's verdict."""
    answer = study.answer
    if answer is None:
        return None
    if answer.pick is None:
        return Section("use", "What to use", (), (answer,))
    advice = Advice(study, answer.pick[0])
    return section(
        "use",
        "What to use",
        advice.text(),
        advice.commands() if advice.pick.sampler in study.samples else None,
        advice.side_by_side(),
        _why(study),
        fold("All samplers with a verdict", advice.verdicts()),
        claims=(answer,),
    )


@dataclass(frozen=True)
class Advice:
    """What can be said of the sampler that a study recommends, beside all others at their best levels."""

    study: ReportedStudy
    sampler: str

    @cached_property
    def best(self) -> dict[str, Score]:
        """Every sampler at its best level, the best first."""
        leaders = self.study.scores.leaders(self.study.criterion)
        return {score.sampler: score for score in sorted(leaders, key=lambda score: score.value)}

    @cached_property
    def ladder_rows(self) -> dict[str, LadderRow]:
        """The ladder by sampler."""
        return {entry.sampler: entry for entry in ladder(self.study)}

    @property
    def pick(self) -> Score:
        """The recommended draw."""
        return self.best[self.sampler]

    def text(self) -> Prose:
        """The advice as a list."""
        items = Markup("").join(
            Markup("<li><b>{}</b> {}</li>").format(title, prose(text)) for title, text in self._items()
        )
        return Prose(Markup('<ul class="advice">{}</ul>').format(items))

    def _items(self) -> Iterator[tuple[str, str]]:
        yield "How good?", self._how_good()
        yield "How new?", self._how_new()
        as_good = [score for score in self.best.values() if score != self.pick and self._as_good(score)]
        if as_good:
            names = ", ".join(f"{score.name} ({self._times(score)})" for score in as_good)
            yield "What else?", f"Not significantly worse in this study: {names}."
        if cost := self._cost():
            yield "What does it cost?", cost
        yield "What to avoid?", self._what_not()

    def _times(self, score: Score) -> str:
        """A score as a multiple of the recommended draw's: ``1.13 times its FD``."""
        title, own = self.study.criterion.title, self.pick.value
        return f"{short(score.value / own)} times its {title}" if own > 0 else f"{title} {short(score.value)}"

    def _as_good(self, score: Score) -> bool:
        """Not shown to be worse than the recommended draw, and no copy."""
        numbers = self.study.numbers
        return not numbers.copies(score) and not numbers.compare(self.pick, score).better

    def _how_good(self) -> str:
        study, pick = self.study, self.pick
        found = self.ladder_rows[pick.sampler].multiples if pick.sampler in self.ladder_rows else {}
        listed = " and ".join(
            f"{short(found[name])} against {reference_words(name)} images"
            for name in sorted(found, key=lambda name: name != study.criterion.reference)
        )
        text = f"Its distance to real faces ({study.criterion.title}) is {short(pick.value)}."
        if listed:
            text = (
                f"Its distance to real faces ({study.criterion.title}), as a multiple of that of reconstructions of "
                f"other faces: {listed}. 1 is as good as these reconstructions."
            )
        coverage = study.scores.beside(pick, "coverage", study.criterion.reference)
        if coverage is not None:
            text += f" Coverage {coverage.value:.2f}: the share of real faces that have a drawn one near them."
        return text

    def _how_new(self) -> str:
        value = self.study.numbers.novelty(self.pick)
        latent = self.study.scores.beside(self.pick, "novelty_latent", "train")
        if value is None:
            return "Not measured; it may copy training faces."
        claim = "as new as faces never seen" if value >= NEW else "nearer to training faces than unseen faces are"
        text = f"Its faces are {claim}: novelty {value:.2f}, where 0 is a copy and 1 an unseen face"
        return text + (f"; {latent.value:.2f} between latent points." if latent is not None else ".")

    def _kept(self, score: Score) -> str:
        """What a sampler keeps, with the count of numbers; empty where that is not known."""
        kept, level = class_of(score.sampler).kept, self.study.level(score.sampler, score.label)
        values = {} if level is None else self.study.samples[score.sampler].level_values(level)
        train = int((self.study.partition == TRAIN).sum())
        count = kept.count(train, self.study.dimension, values) if kept is not None else 0
        return f"{kept.what}, {counted(count, 'number')}" if kept is not None and count else ""

    def _cost(self) -> str:
        text, kept = self._kept(self.pick), class_of(self.sampler).kept
        if not text or kept is None:
            return ""
        text = f"It keeps {text}."
        if not kept.faces:
            return text
        text += " Together with the decoder, they reproduce every training face as the autoencoder reconstructs it."
        least = next((score for score in self.best.values() if (own := class_of(score.sampler).kept) and own.few), None)
        if least is None:
            return text
        step = self.study.numbers.compare(self.pick, least)
        price = f"has {self._times(least)}" + ("" if step.decided else ", not significantly worse")
        return (
            f"{text} If that is not acceptable, or too much, draw with {least.name}, which keeps "
            f"{self._kept(least)}, and {price}."
        )

    def _what_not(self) -> str:
        own, numbers = self.pick.value, self.study.numbers
        ordered = sorted(self.best.values(), key=lambda score: -score.value)
        far = [score for score in ordered if score.value > FAR * own > 0 and numbers.compare(self.pick, score).better]
        copied = ", ".join(score.name for score in ordered if numbers.copies(score))
        parts = []
        if far:
            named = ", ".join(f"{score.name} ({short(score.value / own)} times as far)" for score in far)
            parts.append(f"Far behind even at their best level: {named}.")
        if copied:
            parts.append(f"{copied}: copies training faces, however low it scores.")
        return " ".join(parts) or f"No sampler is more than {FAR:g} times as far from real faces."

    def commands(self) -> Prose:
        """How to draw with it, on the command line and in Python."""
        study, name = self.study, self.sampler
        index = study.level(name, self.pick.label)
        level = study.samples[name].level_values(index) if index is not None else {}
        store, key = study.store, study.model.name
        options = "".join(f" --level {name}={value}" for name, value in level.items())
        arguments = "".join(f", {name}={value!r}" for name, value in level.items())
        shell = (
            f"latentfaces generate --store {shlex.quote(store)} --model {key} --sampler {name}{options} --count 24 "
            "--out faces"
        )
        python = (
            f'from flows.notebook import open_study\n\nstudy = open_study({store!r}, model="{key}")\n'
            f'faces = study.decode(study.draw("{name}", 24{arguments}))\nstudy.sheet(faces)'
        )
        return Prose(
            Markup("<p>To draw 24 faces with it, on the command line and in Python:</p><pre><code>{}</code></pre>"
                   "<pre><code>{}</code></pre>").format(shell, python)
        )  # fmt: skip

    def side_by_side(self) -> Picture | None:
        """The first faces of the naive draw, of one without and one with correlations, and of the recommended draw."""
        study, title = self.study, self.study.criterion.title
        step = planned(study.numbers).get("correlations")
        naive = self.best.get(SAMPLERS.names()[0])
        pair = [step.second, step.first] if step is not None else []
        sheets, labels = [], []
        for score in dict.fromkeys([*([naive] if naive else []), *pair, self.pick]):
            level = study.level(score.sampler, score.label)
            if level is not None:
                own = score.sampler == self.sampler
                remark = "the recommended draw" if own else class_of(score.sampler).remark
                sheets.append(contact_sheet(study.samples[score.sampler].images(level, slice(FACES)), FACES))
                labels.append(f"{score.name}, {title} {short(score.value)}" + (f": {remark}" if remark else ""))
        if len(sheets) < 2:
            return None
        return photograph(
            "what_to_use",
            labelled_stack(sheets, labels),
            "The first faces of each draw as they came, through the same decoder.",
            f"Rows of faces: {'; '.join(labels)}.",
        )

    def verdicts(self) -> Table:
        """Every sampler at its best level, and what becomes of it."""
        criterion = self.study.criterion
        columns = (
            Column("rank"),
            Column("sampler"),
            Column("label", "best level", level_words),
            Column(
                f"{criterion.metric}_per_reconstruction",
                f"{criterion.title} / reconstructions",
                lambda x: f"{short(x)} ×",
            ),
            Column("novelty", shown=lambda value: short(float(value)) if value != "" else "–"),
            Column("keeps", shown=lambda words: words or "–"),
            Column("verdict"),
        )
        rows: list[tuple[Cell, ...]] = []
        for place, score in enumerate(self.best.values(), start=1):
            multiple = self.ladder_rows[score.sampler].multiples.get(criterion.reference, math.nan)
            novelty = self.study.numbers.novelty(score)
            new: Cell = "" if novelty is None else novelty
            verdict = self._verdict(score)
            rows.append((place, score.sampler, score.label, multiple, new, self._kept(score), verdict))
        caption = f"By {criterion.title} against {criterion.images}, the best first."
        return table("what_to_use", columns, rows, caption, [[*self.best].index(self.sampler)])

    def _verdict(self, score: Score) -> str:
        if score == self.pick:
            return "use"
        if self.study.numbers.copies(score):
            return "copies"
        if self._as_good(score):
            return f"not significantly worse ({self._times(score)})"
        return f"{short(score.value / self.pick.value)} times as far" if self.pick.value > 0 else "worse"


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
            f"d_M² of {short(inflation)}, {short(inflation / independent)} times that of independent components. They "
            "lie where the encoder never put a face, so the decoder was never trained there."
        )
    largest = at(study.summary, "correlation", "largest")
    if largest is not None:
        items.append(f"The largest correlation between two components is {largest:.2f}.")
    text = Markup("").join(Markup("<li>{}</li>").format(prose(item)) for item in items)
    title = "Why correlations matter" if step.better else "What correlations are worth here"
    return Part(title, "why-correlations", (Prose(Markup("<ul>{}</ul>").format(text)),))


def _in_faces(study: ReportedStudy, step: Comparison) -> str:
    title = study.criterion.title
    start = (
        f"In faces: {step.first.name} and {step.second.name} have the same mean and the same variances; only the first "
        "has the correlations. "
    )
    if step.better:
        return start + f"Without them, {title} is {short(step.ratio)} times as large ({probability(step.probability)})."
    if step.worse:
        return start + f"Here the first does worse: its {title} is {difference(step)}."
    ratio = "" if math.isnan(step.ratio) else f": the second's is {short(step.ratio)} times the first's"
    return start + f"By {title} neither is significantly worse here{ratio}."
