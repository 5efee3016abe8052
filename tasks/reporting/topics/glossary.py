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
    ("ladder", "all samplers, each at its most promising level, in the order of FD∞"),
    (
        "FD∞",
        "squared Fréchet distance between the features of drawn faces and those of the reconstructions of all training "
        "images, extrapolated to infinitely many faces by the jackknife (after Chong & Forsyth 2020); it may fall "
        "slightly below 0 by chance",
    ),
    (
        "broken",
        "of a decoded face: encoding and decoding it once more changes it, and moves it from the mean, by more than "
        "95 % of reconstructions; so 5 % of those are broken by definition",
    ),
    (
        "copy",
        "of a decoded face: it lies nearer in features to a training reconstruction than 95 % of those lie to their "
        "nearest other one",
    ),
    ("candidates", "samplers whose shares of broken faces and of copies are within the limits"),
    ("tie", "candidates whose 95 % interval of FD∞ overlaps with that of the closest candidate"),
    ("[low, high]", "95 % interval of a mean over independent draws (Student); of ratios, taken on the logarithm"),
    ("real (row)", "real images of the other partition: the floor that a perfect sampler would reach"),
    (
        "reconstruction (row)",
        "D(E(x)) of images of the other partition: a fair goal for draws through the same decoder",
    ),
    ("reference", "the real images that a row is compared with: training or held-out ones"),
    ("spread (±)", "standard deviation over repeated draws"),
)
LIMITS = (
    "One autoencoder and one training run: another may order the samplers differently. Intervals and ± cover only "
    "repeated draws.",
    "Each sampler is judged by fresh draws, but at one level, which was chosen by stored ones: another level may do "
    "better.",
    "Intervals are not adjusted for how many samplers are compared.",
    "Broken faces are told by the same autoencoder that made them; blurred or uniform faces are not among them.",
    "Distances in feature space depend on the network: compare within this page, not with published values.",
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
