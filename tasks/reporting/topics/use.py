"""What to use, in plain words: the draw, what it is worth and costs, what to leave, and why correlations matter."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

from tasks.assessment.broken import FLAGGED
from tasks.finished.estimates import share_words
from tasks.finished.numbers import NEW, at
from tasks.finished.verdict import DISTANCE, Judged, Verdict, numbers_kept
from tasks.ingestion.partition import TRAIN
from tasks.page.images import contact_sheet
from tasks.page.render import prose
from tasks.page.section import Cell, Column, Part, Picture, Prose, Section, Table, fold, paragraph, section, table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import labelled_stack
from tasks.page.wording import counted, percent, short, with_interval
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topics.planned import Step, difference, planned
from tasks.reporting.words import limit, named, rough
from tasks.sampling.registry import SAMPLERS, class_of

ORDER = 910
FACES = 10
FAR = 2.0
"""A sampler is named as one to leave if its distance is surely more than so many times the recommended draw's."""

NEAR = 3
"""Samplers at most that are named as the next best where none ties."""


WRAP = 30
"""Letters a line of a table's small type."""


def build(study: ReportedStudy) -> Section | None:
    """The advice and its commands, faces side by side, why correlations matter, and every sampler's verdict."""
    answer, pick = study.answer, study.verdict.pick
    if answer is None:
        return None
    if pick is None:
        text = paragraph(
            "Nothing is recommended. To get an answer: {}. Then run the study again; only what depends on it is "
            "computed anew. The statistics, the faces and the ladder on this page are what was found so far.",
            study.verdict.remedy or "see above",
        )
        return Section("use", "What to use", (text,), (answer,))
    advice = Advice(study, study.verdict, pick)
    return section(
        "use",
        "What to use",
        advice.text(),
        advice.commands() if pick.sampler in study.samples else None,
        advice.side_by_side(),
        _why(study),
        fold("All samplers with a verdict", advice.verdicts()),
        claims=(answer,),
    )


@dataclass(frozen=True)
class Advice:
    """What can be said of the draw that a study recommends, beside all others on the ladder."""

    study: ReportedStudy
    verdict: Verdict
    pick: Judged

    def text(self) -> Prose:
        """The advice as a list."""
        items = Markup("").join(
            Markup("<li><b>{}</b> {}</li>").format(title, prose(text)) for title, text in self._items()
        )
        return Prose(Markup('<ul class="advice">{}</ul>').format(items))

    def _items(self) -> Iterator[tuple[str, str]]:
        yield "How good?", self._how_good()
        yield "How new?", self._how_new()
        if cost := self._cost():
            yield "What does it cost?", cost
        if others := self._what_else():
            yield "What else?", others
        yield "What to avoid?", self._what_not()

    def _times(self, row: Judged) -> str:
        """A distance beside the recommended draw's: ``1.8 [1.5, 2.2] times its FD∞``."""
        step = Step(self.pick, row)
        if step.has_ratio:
            return f"{step.ratio} times its {DISTANCE}"
        return f"{DISTANCE} {with_interval(*row.distance)}"

    def _how_good(self) -> str:
        study, pick = self.study, self.pick
        text = f"Its {DISTANCE} from training reconstructions is {with_interval(*pick.distance)}, where 0 is the best"
        held_out = self.verdict.reconstructions.get("fd_debiased")
        text += f" and held-out reconstructions have {rough(held_out)}." if held_out is not None else "."
        text += (
            f" {share_words(pick.broken)} of its faces are broken, as the autoencoder does not recognise what it "
            f"decoded; {limit(FLAGGED)} of reconstructions are, by definition."
        )
        found = study.scores.select(pick.sampler, pick.label, "coverage", reference=study.criterion.reference)
        return text + (
            f" Coverage {found[0].value:.2f}: the share of real faces that have a drawn one near them." if found else ""
        )

    def _how_new(self) -> str:
        pick = self.pick
        text = f"{share_words(pick.copied)} of its faces are copies of training faces."
        value = self.study.numbers.novelty(pick.sampler, pick.label)
        if value is None:
            return text
        claim = "as new as faces never seen" if value >= NEW else "nearer to training faces than unseen faces are"
        return f"{text} On the whole they are {claim}: novelty {value:.2f}, where 0 is a copy and 1 an unseen face."

    def _kept(self, row: Judged) -> tuple[str, int]:
        """What a sampler keeps, and how many numbers that is; nothing where that is not known."""
        kept = class_of(row.sampler).kept
        count = numbers_kept(row, int((self.study.partition == TRAIN).sum()), self.study.dimension)
        return (kept.what, int(count)) if kept is not None and math.isfinite(count) else ("", 0)

    def _keeps(self, row: Judged) -> str:
        what, count = self._kept(row)
        return f"{what}, {counted(count, 'number')}" if what else ""

    def _cost(self) -> str:
        text, kept = self._keeps(self.pick), class_of(self.pick.sampler).kept
        if not text or kept is None:
            return ""
        text = f"It keeps {text}."
        if kept.faces:
            text += " Together with the decoder, they reproduce every training face as the autoencoder reconstructs it."
        least = next((row for row in self.verdict.candidates if (own := class_of(row.sampler).kept) and own.few), None)
        if least is None or kept.few:
            return text
        return (
            f"{text} If that is not acceptable, or too much, draw with {least.name}, which keeps {self._keeps(least)}, "
            f"and has {self._times(least)}."
        )

    def _what_else(self) -> str:
        tied = [row for row in self.verdict.tied if row != self.pick]
        rows = tied or [row for row in self.verdict.candidates if row != self.pick][:NEAR]
        found = [
            f"{row.name} ({self._times(row)}, {percent(row.broken.value)} broken"
            + (f"; keeps {self._keeps(row)})" if self._keeps(row) else ")")
            for row in rows
        ]
        if not found:
            return ""
        start = "As close, as far as these draws can tell" if tied else "The next closest"
        return f"{start}: {'; '.join(found)}."

    def _what_not(self) -> str:
        leaders, parts = self.verdict.leaders, []
        for rows, what in (
            ([row for row in leaders if self.verdict.breaks(row)], "broken faces"),
            ([row for row in leaders if self.verdict.copies(row) and not self.verdict.breaks(row)], "copies"),
        ):
            shares = [
                f"{row.name} ({percent((row.broken if what == 'broken faces' else row.copied).value)})" for row in rows
            ]
            parts += [f"Too many {what}: {', '.join(shares)}."] if shares else []
        far = [row for row in self.verdict.candidates if self.pick.against(row).ratio.low > FAR]
        if far:
            parts.append(
                f"Far off even at the best level: {', '.join(f'{row.name} ({self._times(row)})' for row in far)}."
            )
        return " ".join(parts) or f"No sampler is shown to be more than {FAR:g} times as far off."

    def commands(self) -> Prose:
        """How to draw with it, on the command line and in Python."""
        study, name = self.study, self.pick.sampler
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
        study = self.study
        step = planned(study.numbers).get("correlations")
        naive = self.verdict.leader(SAMPLERS.names()[0])
        pair = [step.second, step.first] if step is not None else []
        sheets, labels = [], []
        for row in dict.fromkeys([*([naive] if naive else []), *pair, self.pick]):
            level = study.level(row.sampler, row.label)
            if level is not None:
                remark = "the recommended draw" if row == self.pick else class_of(row.sampler).remark
                sheets.append(contact_sheet(study.samples[row.sampler].images(level, slice(FACES)), FACES))
                labels.append(
                    f"{row.name}, {DISTANCE} {with_interval(*row.distance)}" + (f": {remark}" if remark else "")
                )
        if len(sheets) < 2:
            return None
        return photograph(
            "what_to_use",
            labelled_stack(sheets, labels),
            "The first stored faces of each draw as they came, through the same decoder.",
            f"Rows of faces: {'; '.join(labels)}.",
        )

    def verdicts(self) -> Table:
        """Every sampler on the ladder, and what becomes of it."""
        columns = (
            Column("rank", "#"),
            Column("sampler", shown=named, takes=2),
            Column("label", shown=None),
            Column("fd_debiased", DISTANCE, with_interval, takes=3),
            Column("fd_debiased_low", shown=None),
            Column("fd_debiased_high", shown=None),
            Column("broken", shown=percent),
            Column("copied", shown=percent),
            Column("keeps", "numbers kept", _numbers, takes=2),
            Column("keeps_numbers", shown=None),
            Column("verdict"),
        )
        rows: list[tuple[Cell, ...]] = []
        for place, row in enumerate(self.verdict.leaders, start=1):
            shares = row.broken.value, row.copied.value
            rows.append((place, row.sampler, row.label, *row.distance, *shares, *self._kept(row), self._verdict(row)))
        caption = f"By {DISTANCE} from training reconstructions with 95 % intervals, the closest first."
        return table("what_to_use", columns, rows, caption, [self.verdict.leaders.index(self.pick)])

    def _verdict(self, row: Judged) -> str:
        words = {"recommended": "use", "tied": "as close"}
        found = self.verdict.standing(row)
        if found:
            return words.get(found, found)
        step = Step(self.pick, row)
        return f"{step.ratio} × as far" if step.has_ratio else "farther" if step.contrast.better else "not told apart"


def _numbers(what: str, count: int) -> Markup:
    words = Markup("<br>").join(wrap(what, WRAP))
    return Markup("{:,}<small>{}</small>").format(count, words) if count else Markup("–")


def _why(study: ReportedStudy) -> Part | None:
    """Why correlations matter: the same normal distribution with and without them, in faces and in distances."""
    step = planned(study.numbers).get("correlations")
    if step is None:
        return None
    items = [_in_faces(step)]
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
    title = "Why correlations matter" if step.contrast.better else "What correlations are worth here"
    return Part(title, "why-correlations", (Prose(Markup("<ul>{}</ul>").format(text)),))


def _in_faces(step: Step) -> str:
    start = (
        f"In faces: {step.first.name} and {step.second.name} have the same mean and the same variances; only the first "
        f"has the correlations. Their {DISTANCE} from training reconstructions is "
        f"{with_interval(*step.first.distance)} and {with_interval(*step.second.distance)}"
    )
    return f"{start}: {difference(step)}."
