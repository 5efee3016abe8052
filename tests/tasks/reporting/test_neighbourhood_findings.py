from types import SimpleNamespace

import pytest

from tasks.reporting.topics.dimension import dimension
from tasks.reporting.topics.neighbourhoods import micro_correlations
from tasks.reporting.topics.regions import regions


def numbers(**summary):
    return SimpleNamespace(summary=summary)


def fragments(count=1, components=1):
    graph = {
        "components": components,
        "largest_share": 0.6,
        "normal_components": 1,
        "normal_largest_share": 0.98,
    }
    facts = {"regions": count, "region_shares": [0.7, 0.3][:count], "level": 0.5, "points": 4000, "axes": 10}
    return numbers(fragmentation=facts | {"normal_regions": 1, "graph": graph})


def dimensions(two_nearest, likelihood):
    """Data against a normal sample of dimension 10; standard errors of 0.3 and 0.4 make one of 0.5."""
    pairs = {"two_nearest": two_nearest, "likelihood": likelihood}
    own = {name: {"dimension": value, "error": 0.3} for name, value in pairs.items()}
    normal = {name: {"dimension": 10.0, "error": 0.4} for name in pairs}
    return numbers(intrinsic_dimension={"components": 20, "train": own, "normal": normal})


def local(flat, flat_p, strong, strong_p):
    figures = {
        "dimension": {"median": flat, "normal": 5.0, "probability": flat_p},
        "strength": {"median": strong, "normal": 0.2, "probability": strong_p},
    }
    return numbers(locality={"neighbours": 30, "figures": figures})


def test_one_region_and_several_are_told_apart():
    assert regions(fragments()).text == "The real points form one region."
    assert "smaller groups apart" in regions(fragments(components=2)).text
    several = regions(fragments(2, 2))
    assert several.text == "The real points fall into 2 regions."
    assert "70 %, 30 %" in several.detail


def test_equal_shares_are_not_drawn_as_bars():
    equal = fragments()
    equal.summary["fragmentation"]["graph"]["largest_share"] = 0.9801
    assert regions(equal).evidence == ()
    assert len(regions(fragments()).evidence) == 2


@pytest.mark.parametrize(
    ("two_nearest", "likelihood", "words", "decided"),
    [
        (8.4, 8.4, "fill fewer dimensions than normal points", True),
        (11.6, 11.6, "fill more dimensions", True),
        (9.0, 10.9, "No evidence", False),
        (9.0, 8.0, "not clear", False),
        (12.0, 8.0, "not clear", False),
    ],
)
def test_dimensions_differ_from_three_standard_errors_on(two_nearest, likelihood, words, decided):
    finding = dimension(dimensions(two_nearest, likelihood))
    assert words in finding.text
    assert finding.decided is decided


@pytest.mark.parametrize(
    ("figures", "words", "decided"),
    [
        ((3, 1e-6, 0.3, 1e-6), "flatter and more strongly correlated than", True),
        ((3, 1e-6, 0.3, 0.2), "neighbourhoods are flatter than", True),
        ((5, 0.5, 0.3, 1e-6), "neighbourhoods are more strongly correlated than", True),
        ((7, 1e-6, 0.2, 0.5), "not in their correlations", True),
        ((4.9, 0.2, 0.21, 0.4), "No evidence of micro-correlations", False),
    ],
)
def test_micro_correlations_are_claimed_where_more_than_chance(figures, words, decided):
    finding = micro_correlations(local(*figures))
    assert words in finding.text
    assert finding.decided is decided


def test_without_the_numbers_nothing_is_said():
    for finder in (regions, dimension, micro_correlations):
        assert finder(numbers()) is None
        assert finder(numbers(fragmentation=None, intrinsic_dimension=None, locality=None)) is None
    assert dimension(dimensions(None, 8.0)) is None
