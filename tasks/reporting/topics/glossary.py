"""What the words mean, and what the numbers do not tell."""

from __future__ import annotations

from markupsafe import Markup

from tasks.finished.metrics import by_order, metric_named
from tasks.page.render import prose
from tasks.page.section import Part, Prose, Section
from tasks.reporting.study import ReportedStudy

ORDER = 1010
TERMS = (
    ("latent point", "the latent vector z = E(x) that the encoder gives for an image x; D(z) is the decoder's image"),
    ("component", "one of the coordinates of z"),
    ("training, held-out", "the partition that everything is fitted on, and all other images"),
    ("centre", "of a component: the peak of its smoothed marginal distribution"),
    ("half-width", "of a component: half the full width of that peak at half its height; 1.1774 σ for a normal one"),
    ("core", "the points whose robust Mahalanobis distance is below the chi-square 97.5 % quantile"),
    ("radius", "the Euclidean length |z|"),
    ("Mahalanobis distance d_M", "distance from the mean in units of the cloud's own spread along each direction"),
    ("confidence ellipse", "of a pair: the curve of equal d_M; r sigma hold 1 − exp(−r²/2) of a normal pair"),
    ("main axes", "the directions of largest variance, uncorrelated with each other (PCA)"),
    (
        "variance inflation",
        "of a component: its variance times its entry on the diagonal of the inverse covariance; the sum is the mean "
        "d_M² of points that keep their variances but lose their correlations",
    ),
    ("whitened", "moved and stretched along the main axes so that the points have mean 0 and variance 1 along each"),
    (
        "participation ratio",
        "of variances λ: (Σλ)² / Σλ², the number of equal, independent axes that would vary as much together",
    ),
    ("micro-correlation", "correlation among the nearest neighbours of a point that the whole cloud does not show"),
    (
        "level",
        "a value of the parameter that a sampler sweeps, such as its scale; a level is drawn and scored by itself",
    ),
    ("ladder", "all samplers, each at its best level, in the order of the distance that decides"),
    ("ties", "samplers that do not differ significantly: their repeated draws vary as much as they lie apart"),
    (
        "Holm",
        "adjustment of p-values for how many comparisons are made together, so that in all of them a false difference "
        "is as rare as the level says (Holm 1979)",
    ),
    ("real (row)", "real images of the other partition: the floor that a perfect sampler would reach"),
    (
        "reconstruction (row)",
        "D(E(x)) of images of the other partition: a fair goal for draws through the same decoder",
    ),
    ("reference", "the real images that a row is compared with: training or held-out ones"),
    ("spread (±)", "standard deviation over repeated draws"),
)
LIMITS = (
    "One autoencoder and one training run: another may rank the samplers differently. ± covers only repeated draws.",
    "Each sampler's best level was chosen by the same numbers that it is then compared by, which favours samplers "
    "with many levels a little.",
    "Distances in feature space depend on the network and the number of images: compare within this page, not with "
    "published values.",
)


def build(study: ReportedStudy) -> Section:
    """Terms, the metrics of this study, and limits."""
    measured = map(metric_named, by_order({score.metric for score in study.scores.rows}))
    metrics = [(known.title, known.meaning) for known in measured if known.meaning]
    entry = Markup("<dt>{}</dt><dd>{}</dd>")
    entries = Markup("").join(entry.format(prose(term), prose(meaning)) for term, meaning in (*TERMS, *metrics))
    limits = Markup("").join(Markup("<li>{}</li>").format(text) for text in LIMITS)
    words = Prose(Markup('<dl class="glossary">{}</dl>').format(entries))
    untold = Part("What these numbers do not tell", "limits", (Prose(Markup("<ul>{}</ul>").format(limits)),))
    return Section("glossary", "Words and limits", (words, untold))
