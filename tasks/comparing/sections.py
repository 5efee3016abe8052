"""The chapters of the comparison's page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from tasks.comparing.config import ComparisonConfig
from tasks.comparing.figures import (
    Reader,
    Scheme,
    boxes_figure,
    ladder_figure,
    shares_figure,
    spectra_figure,
    values_figure,
)
from tasks.comparing.headline import TOPICS
from tasks.comparing.seeds import seed_method, seed_section
from tasks.comparing.sentences import best_sampler
from tasks.comparing.studied import Studied
from tasks.comparing.tables import ladder_table, published_table, studies_table, variance_table
from tasks.comparing.verdict import Verdict, seeds_of
from tasks.finished.metrics import metric_named
from tasks.page.images import png_bytes
from tasks.page.section import Block, Fold, Picture, Prose, Section
from tasks.page.thumbnails import grid, jpeg_bytes, labelled_stack
from tasks.sampling.registry import prior, reference_case

NORMAL_HALF_WIDTH = 1.1774
SHOWN_FACES = 14
FACE_SIDE = 64
"""Pixels to which smaller faces are enlarged, by whole factors."""

BOXES = {
    "distributions": (
        ("half-width / σ of each component", "half_width_ratio", NORMAL_HALF_WIDTH),
        ("skewness of each component", "skewness", 0.0),
        ("KS distance of each component from its normal fit", "gaussian_fit_distance", None),
        ("excess kurtosis of each component", "excess_kurtosis", 0.0),
    ),
}  # fmt: skip


def sections_of(studies: Sequence[Studied], verdicts: Sequence[Verdict], config: ComparisonConfig) -> list[Section]:
    """All chapters that have something to show."""
    scheme = Scheme(studies)
    seeds = seeds_of([study.member.values for study in studies])
    parts = [
        seed_section(verdicts, config) if seeds else _variance(verdicts, config),
        *(_topic(topic, studies, verdicts, scheme, config) for topic in TOPICS if topic != "ladder"),
        _ladder(studies, verdicts, scheme, config),
        _published(studies),
        _faces(studies),
        Section("studies", "The studies", (studies_table(studies),)),
        seed_method(config) if seeds else _method(config),
    ]
    return [part for part in parts if part is not None]


def _variance(verdicts: Sequence[Verdict], config: ComparisonConfig) -> Section:
    return Section("variance", "Whose each figure is", (shares_figure(verdicts, config.dpi), variance_table(verdicts)))


def _topic(
    topic: str, studies: Sequence[Studied], verdicts: Sequence[Verdict], scheme: Scheme, config: ComparisonConfig
) -> Section | None:
    own = [verdict for verdict in verdicts if verdict.figure.topic == topic]
    if not own:
        return None
    caption = f"{scheme.points}; the line is their mean. "
    caption += " ".join(f"{v.figure.title}: {v.figure.meaning}." for v in own)
    blocks: list[Block] = [_told(own), values_figure(topic, own, scheme, config.dpi, caption)]
    if topic == "distributions":
        kinds = [(title, _reader(name), normal) for title, name, normal in BOXES[topic]]
        words = (
            "Side by side distributions over the components. Box: half of them, with the median; line: from 2 to 98 %; "
            "dashed: a normal distribution."
        )
        blocks.append(boxes_figure("components", kinds, studies, scheme, config.dpi, words))
    if topic == "correlations":
        words = "|R| over all pairs of components (box: half of them; line: from 2 to 98 %), and variance inflation."
        both: list[tuple[str, Reader, float | None]] = [
            ("|R| of each pair", lambda study: study.correlations, None),
            ("variance inflation of each component", _reader("variance_inflation"), None),
        ]
        blocks.append(boxes_figure("pairs", both, studies, scheme, config.dpi, words))
    if topic == "dimension":
        blocks.append(spectra_figure(studies, scheme, config.dpi))
    return Section(topic, TOPICS[topic], tuple(blocks))


def _reader(name: str) -> Reader:
    """What reads the array ``name`` of a study's statistics."""
    return lambda study: study.statistic(name)


def _told(verdicts: Sequence[Verdict]) -> Prose:
    lines = Markup("").join(Markup("<li>{}</li>").format(verdict.sentence) for verdict in verdicts)
    return Prose(Markup("<ul>{}</ul>").format(lines))


def _ladder(
    studies: Sequence[Studied], verdicts: Sequence[Verdict], scheme: Scheme, config: ComparisonConfig
) -> Section | None:
    own = [verdict for verdict in verdicts if verdict.figure.topic == "ladder"]
    samplers = [verdict.figure.title for verdict in own if verdict.figure.name != "ladder_reconstruction"]
    if not samplers:
        return None
    title = metric_named(config.metric).title
    blocks: list[Block] = [ladder_figure(samplers, studies, scheme, title, config.dpi), ladder_table(studies)]
    values = values_figure("ladder_values", own, scheme, config.dpi, f"The ladder's figures. {scheme.points}.")
    blocks += [_told(own), Fold(f"Every sampler in every {'configuration' if scheme.axes else 'run'}", (values,))]
    return Section("ladder", TOPICS["ladder"], tuple(blocks))


def _published(studies: Sequence[Studied]) -> Section | None:
    table = published_table(studies)
    if table is None:
        return None
    return Section("published", "Beside the published table", (table,))


def _faces(studies: Sequence[Studied]) -> Section | None:
    """The same samplers' faces, a row a study."""
    best = best_sampler(studies)
    shown = [name for name in dict.fromkeys((reference_case(), prior(), best)) if name]
    blocks: list[Block] = []
    for sampler in shown:
        sheets, labels = [], []
        for study in studies:
            score, drawn = study.best(sampler), study.drawn(sampler)
            if score is None or drawn is None or score.label not in drawn.labels:
                continue
            level = drawn.labels.index(score.label)
            faces = np.asarray(drawn.images(level, slice(0, SHOWN_FACES)))
            factor = max(1, FACE_SIDE // faces.shape[1])
            sheets.append(grid(faces.repeat(factor, axis=1).repeat(factor, axis=2), 1, SHOWN_FACES))
            labels.append(f"{study.name}   {score.level}".strip())
        if not sheets:
            continue
        stack = labelled_stack(sheets, labels)
        about = " (the best draw over all studies)" if sampler == best else ""
        caption = f"{sampler}{about}: the first {SHOWN_FACES} faces of each study's best level."
        blocks.append(
            Picture(
                f"faces_{sampler}", png_bytes(stack), caption, f"Faces drawn by {sampler}, a row for each study.",
                jpeg_bytes(stack), True, stack.size,
            )
        )  # fmt: skip
    return Section("faces", "Faces side by side", tuple(blocks)) if blocks else None


def _method(config: ComparisonConfig) -> Section:
    text = Markup(
        "<p>Studies that differ in nothing but a seed are <em>runs</em> of one <em>configuration</em>. For every "
        "figure the sum of squares over all studies is split into what lies between configurations and what lies "
        "between runs of one (one-way analysis of variance), and the former into the axes' main effects: what the "
        "additive model of all axes loses without the axis. <em>F</em> is an effect's mean square over that of the "
        "runs; p-values are adjusted over all figures and axes (Holm 1979). The intraclass correlation, (MSB − MSW)"
        " / (MSB + (m − 1) MSW) with m runs a configuration (Shrout &amp; Fleiss 1979, case 1), is the share of the"
        " variance that runs of one configuration have in common: 1 where only the configuration counts, 0 or less "
        "where only the run does.</p><p>A figure is called <em>stable</em> where its standard deviation over all "
        "studies is below {} of its mean (of 1, for shares and for figures about zero); it <em>belongs to an "
        "axis</em> where that axis's adjusted p is below {}, to the one with the largest share if there are "
        "several; otherwise it cannot be told from the run. With few runs only large effects can be told: “the run”"
        " means that more runs would be needed to say otherwise.</p>"
    ).format(f"{100 * config.stable:g} %", f"{config.significance:g}")
    return Section("method", "How this is told", (Prose(text),))
