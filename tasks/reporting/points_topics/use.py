"""What to use on points alone, in plain words: the draw, what it keeps, what else, and the commands."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator

from markupsafe import Markup

from tasks.finished.points_verdict import PointsVerdict, Rated
from tasks.finished.verdict import numbers_kept
from tasks.page.render import prose
from tasks.page.section import Prose, Section, paragraph, section
from tasks.page.wording import counted, percent, with_interval
from tasks.reporting.points_study import ReportedPoints
from tasks.sampling.registry import class_of

ORDER = 910
NEAR = 3
EASY = 0.9
"""AUC from which draws are recognised nearly always."""


def build(study: ReportedPoints) -> Section | None:
    """The advice and its commands."""
    verdict, answer = study.verdict, study.answer
    if answer is None:
        return None
    if verdict.pick is None:
        text = paragraph(
            "Nothing is recommended. To get an answer: {}. The statistics and the ladder on this page are what was "
            "found so far.",
            verdict.remedy,
        )
        return Section("use", "What to use", (text,), (answer,))
    items = Markup("").join(
        Markup("<li><b>{}</b> {}</li>").format(title, prose(text))
        for title, text in _items(study, verdict, verdict.pick)
    )
    advice = Prose(Markup('<ul class="advice">{}</ul>').format(items))
    return section("use", "What to use", advice, _commands(study, verdict.pick), claims=(answer,))


def _keeps(study: ReportedPoints, row: Rated) -> str:
    kept = class_of(row.sampler).kept
    count = numbers_kept(row, int(study.verdict.truth["training"]), study.dimension)
    return f"{kept.what}, {counted(int(count), 'number')}" if kept is not None and math.isfinite(count) else ""


def _items(study: ReportedPoints, verdict: PointsVerdict, pick: Rated) -> Iterator[tuple[str, str]]:
    good = (
        f"AUC {with_interval(*pick.auc)}, where training points have {with_interval(*verdict.training.auc)} and 0.5 is "
        f"the best. {percent(pick.coverage.value)} of held-out points have a draw near them; of training points "
        f"{percent(verdict.training.coverage.value)}."
    )
    yield "How good?", good
    if pick.copied is not None and pick.novelty is not None:
        yield (
            "How new?",
            f"{percent(pick.copied.value)} copies; novelty {pick.novelty.value:.2f}, where 0 is a copy and 1 as new as "
            "a held-out point.",
        )
    if kept := _keeps(study, pick):
        faces = class_of(pick.sampler).kept
        note = " They give back every training point." if faces is not None and faces.faces else ""
        yield "What does it cost?", f"It keeps {kept}.{note}"
    tied = [row for row in verdict.tied if row != pick]
    rows = tied or [row for row in verdict.candidates if row != pick][:NEAR]
    if rows:
        start = "As close, as far as these draws can tell" if tied else "The next candidates"
        found = [
            f"{row.name} (AUC {with_interval(*row.auc)}"
            + (f"; keeps {_keeps(study, row)})" if _keeps(study, row) else ")")
            for row in rows
        ]
        yield "What else?", f"{start}: {'; '.join(found)}."
    copied = [f"{row.name} ({percent(row.copied.value)})" for row in verdict.rows if row.copied and verdict.copies(row)]
    easy = [row.name for row in verdict.candidates if row.auc.low > EASY]
    parts = [f"Copies: {', '.join(copied)}."] if copied else []
    parts += [f"Recognised nearly always, even at the best level: {', '.join(easy)}."] if easy else []
    if parts:
        yield "What to avoid?", " ".join(parts)


def _commands(study: ReportedPoints, pick: Rated) -> Prose | None:
    index = study.level(pick.sampler, pick.label)
    if index is None:
        return None
    level = study.samples[pick.sampler].level_values(index)
    options = "".join(f" --level {name}={value}" for name, value in level.items())
    shell = (
        f"latentfaces generate --store {shlex.quote(study.store)} --study {study.dataset.name} --sampler {pick.sampler}"
        f"{options} --count 1000 --points new.npy"
    )
    python = (
        'import numpy as np\n\nz = np.load("new.npy")        # (1000, '
        + f"{study.dimension}), float32\nimages = decoder(z)"
    )
    html = "<p>To draw 1,000 points with it, and to decode them:</p>" + 2 * "<pre><code>{}</code></pre>"
    return Prose(Markup(html).format(shell, python))
