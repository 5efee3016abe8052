"""What a reader must know of metrics on these data, beside the tables that show them."""

from __future__ import annotations

from collections.abc import Collection

from tasks.finished.cautions import cautions as said
from tasks.finished.scores import reference_words
from tasks.page.section import Prose, caution
from tasks.reporting.study import ReportedStudy


def cautions(study: ReportedStudy, reference: str, metrics: Collection[str] = ()) -> list[Prose]:
    """What must be known of ``metrics``, or of all, against ``reference``; those with the same to say together."""
    images = f"against {reference_words(reference)} images"
    return [caution(titles, images, text) for text, titles in said(study, reference, metrics).items()]
