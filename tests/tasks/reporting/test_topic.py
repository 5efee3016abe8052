"""Functions that need something measured, and sections that are declared by their makers."""

from __future__ import annotations

from types import SimpleNamespace

from tasks.page.finding import Finding
from tasks.page.section import paragraph
from tasks.reporting.topic import measured, topic

STUDY = SimpleNamespace(
    summary={"shape": {"kinds": [1, 2], "none": None}},
    statistic={"mean": [3.0]}.get,
    claims=lambda anchor, *first: (Finding("found", anchor, f"First: {', '.join(first)}."),),
)


def test_what_was_measured_is_handed_over():
    assert measured("shape", "kinds", arrays=("mean",))(lambda _, *found: found)(STUDY, "more") == (
        [1, 2],
        [3.0],
        "more",
    )
    assert measured(arrays=("mean",))(lambda _, *found: found)(STUDY) == ([3.0],)


def test_nothing_is_called_without_what_it_needs():
    for needs in (measured("shape", "none"), measured("absent", "kinds"), measured("shape", arrays=("mean", "absent"))):
        assert needs(lambda *_: "called")(STUDY) is None


def test_a_section_is_what_its_makers_make():
    claim, text, more = Finding("own", "anchor", "Own."), paragraph("a"), paragraph("b")
    made = topic("anchor", "Title", lambda _: text, lambda _: [more, None, claim], lambda _: None, first=("a",))(STUDY)
    assert made.blocks == (text, more)
    assert [one.text for one in made.claims] == ["First: a.", "Own."]
    assert topic("anchor", "Title", lambda _: None)(STUDY) is None
