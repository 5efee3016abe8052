"""What the words mean on points alone, and what the numbers do not tell."""

from __future__ import annotations

from markupsafe import Markup

from tasks.page.render import prose
from tasks.page.section import Part, Prose, Section, bullets
from tasks.reporting.points_study import ReportedPoints
from tasks.reporting.topics.glossary import TERMS as ALL

ORDER = 1010
SHARED = (
    "component",
    "centre",
    "half-width",
    "core",
    "radius",
    "Mahalanobis distance d_M",
    "confidence ellipse",
    "main axes",
    "variance inflation",
    "whitened",
    "participation ratio",
    "micro-correlation",
    "level",
    "[low, high]",
)
TERMS = (
    ("training, held-out", "the points that everything is fitted on, and all others"),
    ("ladder", "all samplers, each at its most promising level, in the order of their AUC"),
    (
        "AUC",
        "area under the ROC curve: the probability that a classifier finds a draw more like a draw than a held-out "
        "point; 0.5 is chance, and values a little beside it are too",
    ),
    (
        "boosted trees",
        "a classifier on whitened coordinates, by cross-validation; it sees single axes and pairs of them",
    ),
    ("nearest neighbours", "a classifier by the vote of the nearest other points; it sees empty and crowded regions"),
    ("energy distance", "2 E|x − y| − E|x − x'| − E|y − y'|: 0 for equal distributions; dominated by mean and scale"),
    (
        "sliced Wasserstein",
        "mean distance, along random lines, that points must be moved to turn one set into the other",
    ),
    ("coverage", "share of held-out points with a draw nearer than their fifth held-out neighbour"),
    ("copy", "a draw nearer to a training point than 95 % of those are to their nearest other one"),
    ("novelty", "mean distance from the nearest training point over that of held-out points: 0 copies, 1 as new"),
    ("nats", "mean natural logarithm of the density at held-out points, per component; higher is better"),
)
LIMITS = (
    "Points are compared, not what they decode to: a draw that no classifier tells apart may decode badly where the "
    "decoder is sensitive to what these classifiers do not see.",
    "Each sampler is rated by fresh draws, but at one level, which was chosen by stored ones, and from one fit.",
    "Intervals cover repeated draws, and held-out points where there are enough for each draw to have its own; they "
    "are not adjusted for how many samplers are compared.",
    "An AUC of 0.5 is no proof of equality: a stronger classifier, or more points, may find a difference.",
)


def build(study: ReportedPoints) -> Section:
    """Terms and limits."""
    shared = [(term, meaning) for term, meaning in ALL if term in SHARED]
    entry = Markup("<dt>{}</dt><dd>{}</dd>")
    entries = Markup("").join(entry.format(prose(term), prose(meaning)) for term, meaning in (*shared, *TERMS))
    words = Prose(Markup('<dl class="glossary">{}</dl>').format(entries))
    return Section(
        "glossary", "Words and limits", (words, Part("What these numbers do not tell", "limits", (bullets(LIMITS),)))
    )
