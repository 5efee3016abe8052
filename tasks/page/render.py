"""The page: sections, pictures and styles put into one HTML file."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from tasks.page.chapters import ChapterView
from tasks.page.finding import Evidence, Finding
from tasks.page.section import Picture, Table
from tasks.page.thumbnails import data_uri

DOTS = 8.0
"""From this ratio of the largest to the smallest number on, evidence is drawn on a logarithmic scale."""

LARGEST = 400_000
"""Bytes of a table up to which the page carries its CSV; larger ones lie beside it."""


@dataclass(frozen=True)
class Bar:
    """A number as a bar: ``start`` and ``width`` of its spread and its ``length``, all per cent of the room.

    A ``dot`` marks the end of the length alone, as on a logarithmic scale, where there is no zero to start from.
    """

    label: str
    text: str
    length: float
    start: float
    width: float
    dot: bool = False


def _resource(name: str) -> str:
    return (files("tasks.page") / name).read_text(encoding="utf-8")


def address(picture: Picture) -> str:
    """The picture as a data URI."""
    files = picture.files
    if files.jpeg is not None and len(files.jpeg) < len(files.png):
        return data_uri(files.jpeg, "image/jpeg")
    return data_uri(files.png, "image/png")


def table_file(table: Table) -> str:
    """The table's CSV as a data URI; a large one by its place beside the page."""
    content = table.csv.encode()
    return data_uri(content, "text/csv") if len(content) <= LARGEST else f"tables/{table.name}.csv"


def _elsewhere(chapters: list[ChapterView], findings: tuple[Finding, ...]) -> list[Finding]:
    """Findings whose section this study has not: they would be lost otherwise."""
    shown = {claim.key for told in chapters for section in told.sections for claim in section.claims}
    return [finding for finding in findings if finding.key not in shown | {"answer"}]


def bars(evidence: tuple[Evidence, ...]) -> list[Bar]:
    """Bars on one scale from zero; dots on a logarithmic one where the longest would leave only stubs of the others.

    None where a number is negative and bars would mislead.
    """
    if not evidence or any(not one.value >= 0 for one in evidence):
        return []
    if min(one.value for one in evidence) > 0 and evidence_span(evidence) > DOTS:
        return _dots(evidence)
    reach = max(one.value + _spread(one) for one in evidence) or 1.0
    return [
        Bar(
            one.label,
            one.number,
            round(100 * one.value / reach, 2),
            round(100 * max(0.0, one.value - _spread(one)) / reach, 2),
            round(200 * _spread(one) / reach, 2),
        )
        for one in evidence
    ]


def evidence_span(evidence: tuple[Evidence, ...]) -> float:
    """The largest number over the smallest, all positive."""
    return max(one.value for one in evidence) / min(one.value for one in evidence)


def _dots(evidence: tuple[Evidence, ...]) -> list[Bar]:
    """Places on a logarithmic scale with a little room at its ends; a spread that reaches zero ends at the edge."""
    low = 0.9 * min(max(one.value - _spread(one), one.value / 4) for one in evidence)
    high = 1.1 * max(one.value + _spread(one) for one in evidence)

    def place(value: float) -> float:
        return round(100 * math.log(max(value, low) / low) / math.log(high / low), 2)

    ends = [(place(one.value - _spread(one)), place(one.value + _spread(one))) for one in evidence]
    return [
        Bar(one.label, one.number, place(one.value), start, round(end - start, 2), dot=True)
        for one, (start, end) in zip(evidence, ends, strict=True)
    ]


INDEX = re.compile(r"(?<![A-Za-z0-9_])([A-Za-zΛ])_([A-Za-z]{1,2}|\d)(?![A-Za-z0-9_])")
"""A single letter with an index, d_M or C_jj; names such as uniform_common have more before the underscore."""


def prose(text: str) -> Markup:
    """Text with indices such as that of d_M set as such."""
    return Markup(INDEX.sub(r"\1<sub>\2</sub>", str(escape(text))))


def breakable(text: str) -> Markup:
    """Text that may break after an underscore, as samplers' names are long."""
    return escape(text).replace("_", Markup("_<wbr>"))


def _spread(one: Evidence) -> float:
    return one.spread if one.spread > 0 else 0.0


def render(
    title: str, subtitle: str, chapters: list[ChapterView], findings: tuple[Finding, ...], hero: Picture | None = None
) -> str:
    """The whole page as HTML that loads nothing from elsewhere."""
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(address=address, bars=bars, prose=prose, breakable=breakable, file=table_file)
    return environment.get_template("page.html").render(
        title=title,
        subtitle=subtitle,
        chapters=chapters,
        answer=next((finding for finding in findings if finding.key == "answer"), None),
        elsewhere=_elsewhere(chapters, findings),
        hero=hero,
        style=Markup(_resource("page.css")),
        script=Markup(_resource("page.js")),
    )
