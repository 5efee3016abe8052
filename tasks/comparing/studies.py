"""What was compared: each study's place on the axes, and in long form all that the comparison rests on."""

from __future__ import annotations

import math

from markupsafe import Markup

from tasks.comparing.axes import all_axes, setting_words, short_axis
from tasks.comparing.compared import Compared
from tasks.comparing.headline import divided
from tasks.comparing.shares import hidden
from tasks.comparing.study import ComparedStudy
from tasks.finished.verdict import Judged
from tasks.page.section import Cell, Column, Section, Table, section, table
from tasks.page.wording import short


def build(compared: Compared) -> Section | None:
    """Each study's settings, its error and the keys of its artifacts."""
    axes = all_axes(compared.settings)
    columns = (
        hidden("study"),
        *(Column(axis, short_axis(axis)) for axis in axes),
        Column("images", shown="{:,}".format),
        Column("held_out_error", "held-out error", short),
        Column("error_over_pca", "/ PCA's", short),
        hidden("components"),
        Column("features", "judged in"),
        Column("model", shown=lambda key: Markup("<code>{}</code>").format(key[:8])),
        hidden("scores"),
    )
    rows = [(*_settings(study, axes), *_facts(study)) for study in compared.studies]
    caption = "The studies. Their keys open them: latentfaces show KEY, explore --model KEY."
    return section("studies", "The studies", table("studies", columns, rows, caption))


def long_tables(compared: Compared) -> list[Table]:
    """Every figure of every study, and every sampler of every study at its most promising level."""
    axes = all_axes(compared.settings)
    figures: list[tuple[Cell, ...]] = []
    ladders: list[tuple[Cell, ...]] = []
    for place, study in enumerate(compared.studies):
        settings = _settings(study, axes)
        figures += [
            (*settings, verdict.figure.topic, verdict.figure.name, float(verdict.values[place]))
            for verdict in compared.verdicts
            if math.isfinite(verdict.values[place])
        ]
        ladders += [(*settings, study.network_key, *_judged(study, row)) for row in study.verdict.leaders]
    return [
        Table("figures", ("study", *axes, "topic", "figure", "value"), tuple(figures)),
        Table("ladders", ("study", *axes, "network", *JUDGED), tuple(ladders)),
    ]


JUDGED = ("sampler", "label", "fd_debiased", "low", "high", "kid_decoded", "broken", "copied", "standing")


def _judged(study: ComparedStudy, row: Judged) -> tuple[Cell, ...]:
    shares = row.kid.value, row.broken.value, row.copied.value
    return row.sampler, row.label, *row.distance, *shares, study.verdict.standing(row)


def _settings(study: ComparedStudy, axes: list[str]) -> tuple[Cell, ...]:
    return study.name, *(setting_words(study.settings.get(name)) for name in axes)


def _facts(study: ComparedStudy) -> tuple[Cell, ...]:
    error, images = study.error(), int(study.summary["images"]["all"])
    keys = study.model.name, study.artifacts.scored("scores").name
    over_pca = divided(error, study.error("pca"))
    return images, error, over_pca, study.dimension, str(study.verdict.autoencoder["features"]), *keys
