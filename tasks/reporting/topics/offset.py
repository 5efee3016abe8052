"""Where the core lies: the centre vector and the components that carry it."""

from __future__ import annotations

import numpy as np

from tasks.page.drawing import BLUE, GREY, SKY, VERMILLION, new_figure, plot, style, whole_numbers
from tasks.page.section import Section
from tasks.reporting.study import ReportedStudy

ORDER = 310
NAMED = 5
SHARES = (0.5, 0.9)


def build(study: ReportedStudy) -> Section | None:
    """Every component's centre and half-width, and how few components carry most of |centre|."""
    centre, width = study.statistic("centre"), study.statistic("half_width")
    if centre is None or width is None:
        return None
    share = np.sort(centre**2)[::-1] / max(float(np.sum(centre**2)), np.finfo(float).tiny)
    with style():
        figure = new_figure(3.0)
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        component = np.arange(len(centre))
        left.vlines(component, centre - width, centre + width, color=SKY, linewidth=min(3.0, 420 / len(centre)))
        left.plot(component, centre, ".", color=BLUE, markersize=3.5)
        left.axhline(0, color="#555555", linewidth=0.8)
        for j in np.argsort(-np.abs(centre), kind="stable")[: min(NAMED, len(centre))]:
            left.annotate(str(int(j)), (j, centre[j]), xytext=(3, 2), textcoords="offset points", fontsize=7)
        left.set(xlabel="component", ylabel="value of z", title="Centre ± half-width")
        right.plot(np.arange(len(share) + 1), [0, *(100 * np.cumsum(share))], color=VERMILLION)
        right.set(xlabel="components, the largest first", ylabel="% of |centre|²", title="Who carries the offset")
        for wanted in SHARES if share.sum() > 0 else ():
            needed = int(np.argmax(np.cumsum(share) >= wanted * (1 - 1e-12))) + 1
            right.plot([needed, needed, 0], [0, 100 * wanted, 100 * wanted], color=GREY, linewidth=0.8, linestyle=":")
            right.annotate(
                f"{wanted:.0%}: {needed}", (needed, 100 * wanted), (5, -9), textcoords="offset points", fontsize=8
            )
        right.set(xlim=(0, None), ylim=(0, 103))
        whole_numbers(left)
        whole_numbers(right)
        picture = plot(
            "offset",
            figure,
            study.config.dpi,
            "Left: centre and half-width of every component; the most off-centre ones are numbered. Right: how many "
            "components it takes to make up |centre|².",
            "Centres of all latent components with their half-widths, and the cumulative share of the squared centre.",
        )
    return Section("offset", "Where the core lies", (picture,), study.claims("offset"))
