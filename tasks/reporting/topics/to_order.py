"""Faces to order: how often an attribute that is asked for is seen in the faces, and what asking costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tasks.finished.conditioned import Order, share_of
from tasks.finished.estimates import Estimate, estimate, hundredths, share_words
from tasks.finished.numbers import Numbers
from tasks.finished.verdict import DISTANCE
from tasks.page.drawing import BLUE, GREY, ORANGE, Drawn, picture, subplots
from tasks.page.images import contact_sheet
from tasks.page.section import Column, Fold, Picture, Prose, fold, paragraph, table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import labelled_stack
from tasks.page.wording import counted, short, with_interval
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topic import Evidence, Finding, topic

ENOUGH = 0.8
"""An attribute is drawn well if it is seen at least so often, relative to reconstructions of images that have it."""

FACES = 12


def obeyed(numbers: Numbers) -> Finding | None:
    """In how many attributes faces have what is asked for, and what that costs."""
    orders = numbers.orders
    if not orders.rows or orders.plain is None:
        return None
    ranked = sorted(orders.rows, key=lambda row: -_comparable(row))
    well = sum(_comparable(row) >= ENOUGH for row in ranked)
    tried = counted(len(ranked), "attribute that was tried", "attributes that were tried")
    text = f"Faces cannot be drawn with an attribute: of {tried}, none is seen in {ENOUGH} times as many faces as in "
    text += "reconstructions of images that have it."
    if well:
        many, them = ("is", "it") if well == 1 else ("are", "them")
        text = (
            f"Faces can be drawn with an attribute: {well} of {tried} {many} seen in at least {ENOUGH} times as many "
        )
        text += f"faces as in reconstructions of images that have {them}."
    worst = ranked[-1]
    cost = sorted(row.fd.value for row in orders.rows)
    variety = sorted(row.variety.value for row in orders.rows)
    detail = (
        f"Seen least, relative to reconstructions: {worst.name}, {with_interval(*worst.seen)} times as often. "
        f"{DISTANCE} from the images that have the attribute: {hundredths(cost[0])} to {hundredths(cost[-1])}; a draw "
        f"from one normal distribution without attributes has {with_interval(*estimate(orders.plain.fd))} from all "
        f"images. Spread of the faces, relative to images with the attribute: {hundredths(variety[0])} to "
        f"{hundredths(variety[-1])}."
    )
    bars = tuple(
        Evidence(row.name, _comparable(row), text=short(row.seen.value))
        for row in ([ranked[0], worst] if len(ranked) > 1 else ranked)
    )
    return Finding("to_order", "to-order", text, detail, bars, "times as often", bool(well))


def _comparable(row: Order) -> float:
    """How often it is seen, relative to reconstructions; 0 where it is never seen."""
    return row.seen.value if math.isfinite(row.seen.value) else 0.0


def _how(study: ReportedStudy) -> Prose | None:
    rows = study.orders.rows
    if not rows:
        return None
    return paragraph(
        "<code>latentfaces generate --with {} --count 24 --out faces</code> draws faces with an attribute, "
        "<code>--without</code> faces without; both can be given several times.",
        rows[0].found.name,
    )


@picture
def _chart(study: ReportedStudy) -> Drawn | None:
    """How often each attribute is seen, and the distance of its faces."""
    orders = study.orders
    if not orders.rows or orders.plain is None:
        return None
    rows = orders.rows
    figure, (left, right) = subplots(0.32 * len(rows) + 1.5, 1, 2, sharey=True)
    places = range(len(rows))
    for kind, marker, colour, words in (
        ("lacking", "|", GREY, "reconstructions without it"),
        ("unconditioned", "x", ORANGE, "draws without attributes"),
        ("having", "o", GREY, "reconstructions with it"),
    ):
        shares = [share_of(getattr(row.found, kind)).value for row in rows]
        left.scatter(shares, places, marker=marker, color=colour, s=36, label=words, zorder=3)
    _with_intervals(left, [share_of(row.found.drawn) for row in rows], "draws with it")
    left.set_yticks(places, [row.name for row in rows])
    left.set(xlim=(-0.02, 1.02), xlabel="share in which the judge sees it", title="Seen")
    left.invert_yaxis()
    _with_intervals(right, [row.fd for row in rows])
    plain = estimate(orders.plain.fd).value
    right.axvline(
        plain, color=ORANGE, linestyle="--", linewidth=1, label="distance of draws without attributes from all images"
    )
    right.set(xlabel=f"{DISTANCE} from images with the attribute", title="Cost")
    for axis in (left, right):
        axis.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=3)
    return Drawn(
        "to_order",
        figure,
        f"Left: the share of images in which each attribute is seen, of {orders.faces} faces drawn with it (bars: 95 % "
        "intervals). The judge is a logistic regression on the features of reconstructions of training images; "
        "reconstructions here are of held-out images. Draws without attributes come from one normal distribution. "
        f"Right: {DISTANCE} of the same faces from reconstructions of the training images that have the attribute; the "
        "line is the distance of draws without attributes from those of all training images.",
        "Shares with intervals: "
        + "; ".join(
            f"{row.name} {share_words(share_of(row.found.drawn))} of faces drawn with it, "
            f"{share_words(share_of(row.found.having))} of reconstructions with it"
            for row in rows
        )
        + ".",
    )


def _with_intervals(axis: object, found: Sequence[Estimate], label: str | None = None) -> None:
    values = [one.value for one in found]
    reach = [[one.value - one.low for one in found], [one.high - one.value for one in found]]
    axis.errorbar(  # type: ignore[attr-defined]
        values, range(len(found)), xerr=reach, fmt="o", markersize=5, color=BLUE, elinewidth=1.4, capsize=3, label=label
    )


def _faces(study: ReportedStudy) -> Picture | None:
    rows = study.orders.rows
    if not rows:
        return None
    sheets = [contact_sheet(images[:FACES], FACES) for images in study.orders.images]
    return photograph(
        "to_order_faces",
        labelled_stack(sheets, [f"with {row.name}" for row in rows]),
        "The first faces that were drawn with each attribute, as they came. What goes with an attribute comes with it.",
        f"Rows of faces drawn with {counted(len(rows), 'attribute')}.",
    )


def _share(seen: int, n: int) -> str:
    return share_words(share_of((seen, n)))


COLUMNS = (
    Column("attribute", shown=lambda name: name.replace("_", " ")),
    Column("training_with", "training images with it", "{:,}".format),
    Column("training_known", shown=None),
    Column("judge_auc", "judge's AUC", short),
    *(
        column
        for kind, heading in (
            ("drawn", "seen in draws with it"),
            ("having", "in reconstructions with it"),
            ("lacking", "in reconstructions without"),
            ("unconditioned", "in draws without attributes"),
        )
        for column in (Column(f"{kind}_seen", heading, _share, takes=2), Column(f"{kind}_n", shown=None))
    ),
    Column("relative", "draws over reconstructions ↑", with_interval, takes=3),
    Column("relative_low", shown=None),
    Column("relative_high", shown=None),
    Column("fd", f"{DISTANCE} ↓", with_interval, takes=3),
    Column("fd_low", shown=None),
    Column("fd_high", shown=None),
    Column("variety", "spread", with_interval, takes=3),
    Column("variety_low", shown=None),
    Column("variety_high", shown=None),
)


def _table(study: ReportedStudy) -> Fold | None:
    orders = study.orders
    if not orders.rows or orders.plain is None:
        return None
    rows: list[tuple[str | float, ...]] = []
    for row in orders.rows:
        found = row.found
        counts = (number for kind in (found.drawn, found.having, found.lacking, found.unconditioned) for number in kind)
        first = (found.name, found.training_with, found.training_known, found.auc)
        rows.append((*first, *counts, *row.seen, *row.fd, *row.variety))
    caption = (
        f"{orders.faces} faces of each attribute. AUC: of the judge, on held-out reconstructions. {DISTANCE} and "
        "spread are relative to reconstructions of training images with the attribute; draws from one normal "
        f"distribution without attributes have {with_interval(*estimate(orders.plain.fd))} and "
        f"{with_interval(*estimate(orders.plain.variety))}, relative to all training images. Intervals: 95 %."
    )
    return fold("All attributes that were drawn, in numbers", table("to_order", COLUMNS, rows, caption))


ORDER, RANK = 920, 99
FINDERS = (obeyed,)
build = topic("to-order", "Faces to order", _how, _chart, _faces, _table)
