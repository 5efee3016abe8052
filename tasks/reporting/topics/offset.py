"""Where the core lies: the centre vector and the components that carry it."""

from __future__ import annotations

import numpy as np

from tasks.finished.densities import Fisher
from tasks.finished.numbers import CHANCE
from tasks.page.drawing import BLACK, ORANGE, SKY, Drawn, cumulative, picture, subplots, whole_numbers
from tasks.page.wording import short
from tasks.reporting.topic import Evidence, Finding, Floats, Numbers, ReportedStudy, at, measured, topic

NAMED = 5
SHARES = (0.5, 0.9)


def offset(numbers: Numbers) -> Finding | None:
    """Whether the mean differs from the origin (Hotelling's T²), by how much, and through which components."""
    distance, images = at(numbers.summary, "origin", "mahalanobis"), at(numbers.summary, "images", "train")
    typical = at(numbers.summary, "mahalanobis", "train", "mean")
    varying = numbers.dimension - len(numbers.summary.get("constant_components") or [])
    if distance is None or typical is None or not images or images <= varying + 1:
        return None
    statistic = (images - varying) / (varying * (images - 1)) * images * distance**2
    by_chance = Fisher(varying, images - varying).sf(statistic) >= CHANCE
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


@measured(arrays=("centre", "half_width"))
@picture
def _centres(study: ReportedStudy, centre: Floats, width: Floats) -> Drawn:
    figure, (left, right) = subplots(3.0, 1, 2, width_ratios=(3, 2))
    component = np.arange(len(centre))
    most = np.sort(np.argsort(-np.abs(centre), kind="stable")[:NAMED])
    colours = np.where(np.isin(component, most), ORANGE, SKY)
    left.vlines(component, centre - width, centre + width, color=colours, linewidth=min(3.0, 420 / len(centre)))
    left.plot(component, centre, ".", color=BLACK, markersize=3.5)
    left.axhline(0, color="#555555", linewidth=0.8)
    left.set(xlabel="component", ylabel="value of z")
    left.set_title(f"Centre ± half-width; most off-centre: {', '.join(map(str, most))}")
    whole_numbers(left)
    share = np.sort(centre**2)[::-1] / max(float(np.sum(centre**2)), np.finfo(float).tiny)
    cumulative(right, share, SHARES if share.sum() > 0 else ())
    right.set(xlabel="components, the largest first", ylabel="% of |centre|²", title="Components that carry the offset")
    return Drawn(
        "offset",
        figure,
        "Left: centre (dot) and half-width (bar) of every component, the most off-centre ones in orange. Right: how "
        "many components it takes to make up |centre|².",
        "Centres of all latent components with their half-widths, and the cumulative share of the squared centre.",
    )


ORDER, RANK = 310, 30
FINDERS = (offset,)
build = topic("offset", "Where the core lies", _centres)
