"""The page: sections, pictures and styles put into one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from tasks.reporting.findings.finding import Evidence, Finding
from tasks.reporting.section import Picture, Section
from tasks.reporting.thumbnails import data_uri


@dataclass(frozen=True)
class Bar:
    """A number as a bar: ``start`` and ``width`` of its spread and its ``length``, all per cent of the room."""

    label: str
    text: str
    length: float
    start: float
    width: float


def _resource(name: str) -> str:
    return (files("tasks.reporting") / name).read_text(encoding="utf-8")


def address(picture: Picture) -> str:
    """The picture as a data URI."""
    if picture.jpeg is not None and len(picture.jpeg) < len(picture.png):
        return data_uri(picture.jpeg, "image/jpeg")
    return data_uri(picture.png, "image/png")


def bars(evidence: tuple[Evidence, ...]) -> list[Bar]:
    """Bars on one scale from zero; none where a number is negative and bars would mislead."""
    if not evidence or any(not one.value >= 0 for one in evidence):
        return []
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


def prose(text: str) -> Markup:
    """Text with the index of d_M set as one."""
    return Markup(escape(text).replace("d_M", Markup("d<sub>M</sub>")))


def breakable(text: str) -> Markup:
    """Text that may break after an underscore, as samplers' names are long."""
    return escape(text).replace("_", Markup("_<wbr>"))


def _spread(one: Evidence) -> float:
    return one.spread if one.spread > 0 else 0.0


def render(
    title: str, subtitle: str, sections: list[Section], findings: tuple[Finding, ...], hero: Picture | None
) -> str:
    """The whole page as HTML that loads nothing from elsewhere."""
    environment = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(address=address, bars=bars, prose=prose, breakable=breakable)
    return environment.get_template("page.html").render(
        title=title,
        subtitle=subtitle,
        sections=sections,
        answer=next((finding for finding in findings if finding.key == "answer"), None),
        findings=[finding for finding in findings if finding.key != "answer"],
        titles={section.anchor: section.title for section in sections},
        hero=hero,
        style=Markup(_resource("page.css")),
    )
