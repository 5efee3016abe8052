"""What a reader must know of metrics on these data, beside the tables that show them."""

from __future__ import annotations

from collections.abc import Collection

from markupsafe import Markup

from tasks.finished.metrics import metric_named
from tasks.finished.scores import reference_words
from tasks.page.section import Prose
from tasks.reporting.study import ReportedStudy


def decides(study: ReportedStudy, features: str) -> bool:
    """Not the features of another network than the one that decides."""
    return features in (study.judge.features, "pixels", "latent") or not study.judge.features


def cautions(study: ReportedStudy, reference: str, metrics: Collection[str] = ()) -> list[Prose]:
    """What must be known of ``metrics``, or of all, against ``reference``; those with the same to say together."""
    said: dict[str, list[str]] = {}
    for caution in study.cautions:
        shown = not metrics or caution["metric"] in metrics
        if shown and caution["reference"] == reference and decides(study, caution["features"]):
            said.setdefault(caution["text"], []).append(metric_named(caution["metric"]).title)
    return [
        Prose(
            Markup('<p class="caution"><b>Beware of {} against {} images.</b> {}</p>').format(
                ", ".join(names), reference_words(reference), text
            )
        )
        for text, names in said.items()
    ]
