"""Findings about where the cloud of latent points lies."""

from __future__ import annotations

from scipy.stats import f

from tasks.finished.numbers import CHANCE, Numbers, at
from tasks.page.finding import Evidence, Finding
from tasks.page.wording import short

RANK = 30


def offset(numbers: Numbers) -> Finding | None:
    """Whether the mean differs from the origin (Hotelling's T²), by how much, and through which components."""
    distance, images = at(numbers.summary, "origin", "mahalanobis"), at(numbers.summary, "images", "train")
    typical = at(numbers.summary, "mahalanobis", "train", "mean")
    varying = numbers.dimension - len(numbers.summary.get("constant_components") or [])
    if distance is None or typical is None or not images or images <= varying + 1:
        return None
    statistic = (images - varying) / (varying * (images - 1)) * images * distance**2
    by_chance = float(f.sf(statistic, varying, images - varying)) >= CHANCE
    if by_chance:
        text = "The cloud of real points is centred on the origin, as far as can be told."
    elif distance < 0.1 * typical:
        text = "The cloud of real points is centred near the origin: the offset is real but small."
    else:
        text = "The cloud of real points lies off the origin."
    needed, most = (at(numbers.summary, "offset", "components_for", share) for share in ("50%", "90%"))
    detail = (
        f"The origin is {short(distance)} from the mean in Mahalanobis distance, a typical training point "
        f"{short(typical)}."
    )
    if needed and most and not by_chance and numbers.dimension > 1:
        detail += f" {needed} of {numbers.dimension} components carry half of |centre|², {most} carry 90 % of it."
    bars = (Evidence("origin", distance), Evidence("typical real point", typical))
    return Finding("offset", "offset", text, detail, bars, "Mahalanobis distance from the mean")


FINDERS = (offset,)
