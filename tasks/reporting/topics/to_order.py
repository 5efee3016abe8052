"""Faces to order: how often an attribute that is asked for is seen in the faces, and what asking costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tasks.assessment.looked_at import GUIDED, LINEAR
from tasks.finished.conditioned import Order, share_of
from tasks.finished.estimates import Estimate, estimate, hundredths, share_words
from tasks.finished.numbers import Numbers
from tasks.finished.verdict import DISTANCE
from tasks.page.drawing import BLUE, GREEN, GREY, ORANGE, Drawn, picture, subplots
from tasks.page.images import contact_sheet
from tasks.page.section import Column, Fold, Picture, Prose, fold, paragraph, table
from tasks.page.sheets import photograph
from tasks.page.thumbnails import labelled_stack
from tasks.page.wording import counted, listed, short, with_interval
from tasks.reporting.study import ReportedStudy
from tasks.reporting.topic import Evidence, Finding, topic

ENOUGH = 0.8
"""An attribute is drawn well if it is seen at least so often, relative to reconstructions of images that have it."""

TITLES = {LINEAR: "Normal distributions given attributes", GUIDED: "Flow given attributes"}
COLOURS = {LINEAR: BLUE, GUIDED: GREEN}


def obeyed(numbers: Numbers) -> Finding | None:
    """In how many attributes faces have what is asked for, in the way that is used, and what that costs."""
    orders = numbers.orders
    if not orders.used or orders.plain is None:
        return None
    ranked = sorted((row for row in orders.used if row.told), key=lambda row: -_comparable(row))
    if not ranked:
        text = "Whether faces with an attribute have it cannot be told: the judge sees no attribute in reconstructions."
        return Finding("to_order", "to-order", text, decided=False)
    well = sum(_comparable(row) >= ENOUGH for row in ranked)
    tried = counted(len(ranked), "attribute", "attributes")
    text = f"Faces cannot be drawn with an attribute: of {tried}, none is seen in {ENOUGH} times as many faces as in "
    text += "reconstructions of images that have it."
    if well:
        many, them = ("is", "it") if well == 1 else ("are", "them")
        text = (
            f"Faces can be drawn with an attribute: {well} of {tried} {many} seen in at least {ENOUGH} times as many "
        )
        text += f"faces as in reconstructions of images that have {them}."
    worst = ranked[-1]
    lines = [f"Seen least, relative to reconstructions: {worst.name}, {with_interval(*worst.seen)} times as often."]
    lines += [_cost(way, rows) for way, rows in orders.ways.items()]
    plain = with_interval(*estimate(orders.plain.fd))
    lines.append(f"A draw from one normal distribution without attributes has {DISTANCE} {plain} from all images.")
    if blind := [row.name for row in orders.used if not row.told]:
        lines.append(f"The judge cannot tell {listed(blind)} in reconstructions, so {_these(blind)} not counted.")
    bars = tuple(
        Evidence(row.name, _comparable(row), text=short(row.seen.value))
        for row in ([ranked[0], worst] if len(ranked) > 1 else ranked)
    )
    return Finding("to_order", "to-order", text, " ".join(lines), bars, "times as often", bool(well))


def _these(names: Sequence[str]) -> str:
    return "it is" if len(names) == 1 else "they are"


def _cost(way: str, rows: Sequence[Order]) -> str:
    distance, variety = (
        [one.value for one in found] for found in ([row.fd for row in rows], [r.variety for r in rows])
    )
    return (
        f"{TITLES[way]}: {DISTANCE} from the images that have the attribute {hundredths(min(distance))} to "
        f"{hundredths(max(distance))}, spread of the faces over theirs {hundredths(min(variety))} to "
        f"{hundredths(max(variety))}."
    )


def _comparable(row: Order) -> float:
    """How often it is seen, relative to reconstructions; 0 where it is never seen."""
    return row.seen.value if math.isfinite(row.seen.value) else 0.0


def _how(study: ReportedStudy) -> Prose | None:
    if not study.orders.used:
        return None
    return paragraph(
        "<code>latentfaces generate --with {} --count 24 --out faces</code> draws faces with an attribute, "
        "<code>--without</code> faces without; both can be given several times.",
        study.orders.used[0].found.name,
    )


@picture
def _chart(study: ReportedStudy) -> Drawn | None:
    """How often each attribute is seen, and the distance of its faces."""
    orders = study.orders
    if not orders.used or orders.plain is None:
        return None
    rows = orders.used
    figure, (left, right) = subplots(0.32 * len(rows) + 1.5, 1, 2, sharey=True)
    for kind, marker, colour, words in (
        ("lacking", "|", GREY, "reconstructions without it"),
        ("unconditioned", "x", ORANGE, "draws without attributes"),
        ("having", "o", GREY, "reconstructions with it"),
    ):
        shares = [share_of(getattr(row.found, kind)).value for row in rows]
        left.scatter(shares, range(len(rows)), marker=marker, color=colour, s=36, label=words, zorder=3)
    for number, (way, found) in enumerate(orders.ways.items()):
        drawn = [share_of(row.drawn.seen) for row in found]
        _with_intervals(left, drawn, way, number, "draws with it" if len(orders.ways) == 1 else TITLES[way])
        _with_intervals(right, [row.fd for row in found], way, number)
    left.set_yticks(range(len(rows)), [row.name for row in rows])
    left.set(xlim=(-0.02, 1.02), xlabel="share in which the judge sees it", title="Seen")
    left.invert_yaxis()
    plain = estimate(orders.plain.fd).value
    right.axvline(plain, color=ORANGE, linestyle="--", linewidth=1, label="draws without attributes, from all images")
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
            f"{row.name} {share_words(share_of(row.drawn.seen))} of faces drawn with it, "
            f"{share_words(share_of(row.found.having))} of reconstructions with it"
            for row in rows
        )
        + ".",
    )


def _with_intervals(axis: Any, found: Sequence[Estimate], way: str, number: int, label: str | None = None) -> None:
    values = [one.value for one in found]
    reach = [[one.value - one.low for one in found], [one.high - one.value for one in found]]
    places = [place + 0.22 * number for place in range(len(found))]
    style = {"fmt": "o", "markersize": 5, "elinewidth": 1.4, "capsize": 3}
    axis.errorbar(values, places, xerr=reach, color=COLOURS[way], label=label, zorder=4, **style)


def _faces(study: ReportedStudy) -> list[Picture]:
    orders = study.orders
    pictures = []
    for (way, rows), images in zip(orders.ways.items(), orders.images if orders.ways else (), strict=True):
        sheets = [contact_sheet(faces, len(faces)) for faces in images]
        drawn = "" if len(orders.ways) == 1 else f" {TITLES[way]}."
        pictures.append(
            photograph(
                "to_order_faces" if way == LINEAR else f"to_order_faces_{way}",
                labelled_stack(sheets, [f"with {row.name}" for row in rows]),
                f"The first faces that were drawn with each attribute, as they came.{drawn} What goes with an "
                "attribute comes with it.",
                f"Rows of faces drawn with {counted(len(rows), 'attribute')}.",
            )
        )
    return pictures


def _share(seen: int, n: int) -> str:
    return share_words(share_of((seen, n)))


COLUMNS = (
    Column("attribute", shown=lambda name: name.replace("_", " ")),
    Column("way", shown=lambda way: TITLES[way]),
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
    if not orders.used or orders.plain is None:
        return None
    rows: list[tuple[str | float, ...]] = []
    for row in (one for found in zip(*orders.ways.values(), strict=True) for one in found):
        found = row.found
        counts = (n for kind in (row.drawn.seen, found.having, found.lacking, found.unconditioned) for n in kind)
        first = (found.name, row.way, found.training_with, found.training_known, found.auc)
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
