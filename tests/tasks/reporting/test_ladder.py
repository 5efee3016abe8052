import csv
import math
import re
from dataclasses import replace

import pytest

from tasks.finished.estimates import Estimate
from tasks.finished.scores import read_values
from tasks.page.drawing import new_figure
from tasks.reporting.ladder_chart import chart, scale
from tasks.reporting.topics import fidelity
from tasks.reporting.topics.ladder import build, rule


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_its_table_holds_every_sampler_from_the_farthest_to_the_closest_and_the_fixed_rows(
    correlated, correlated_report
):
    study = correlated.study()
    rows = rows_of(correlated_report / "tables" / "ladder.csv")
    assert [row["sampler"] for row in rows[-2:]] == ["real", "reconstruction"]
    leaders = study.verdict.leaders[::-1]
    assert {row.sampler for row in leaders} == set(study.samples)
    assert [int(row["rank"]) for row in rows[:-2]] == list(range(len(leaders), 0, -1))
    for row, leader in zip(rows, leaders, strict=False):
        assert (row["sampler"], row["label"]) == (leader.sampler, leader.label)
        found = [float(row[name]) for name in ("fd_debiased", "fd_debiased_low", "fd_debiased_high")]
        assert found == list(leader.distance)
        assert (float(row["broken"]), float(row["copied"])) == (leader.broken.value, leader.copied.value)
        assert row["standing"] == study.verdict.standing(leader)
        (novelty,) = study.scores.select(leader.sampler, leader.label, "novelty", reference="train")
        assert float(row["novelty"]) == novelty.value
    assert [row["standing"] for row in rows if row["sampler"] == "resampled"] == ["copies"]
    assert [row["standing"] for row in rows if row["sampler"] == "uniform_common"] == ["broken"]
    assert sum(row["standing"] == "recommended" for row in rows) == 1
    held_out = study.verdict.reconstructions
    assert (float(rows[-1]["fd_debiased"]), float(rows[-1]["broken"])) == (held_out["fd_debiased"], held_out["broken"])


def test_the_rule_is_told_with_the_numbers_of_the_study(correlated):
    words = rule(correlated.study())
    assert "8 draws of 70 faces" in words[0]
    assert "reconstructions of all 540 training images" in words[0]
    assert (
        "at most 20 % of its faces are broken (5 % of reconstructions are, by definition) and at most 10 %" in words[1]
    )
    assert (
        "2 of 5 samplers are candidates, 2 have too many broken faces (normal_component and uniform_common)" in words[1]
    )
    assert "1 has too many copies (resampled)" in words[1]
    assert "is 7 % of the total variance of the photographs' features" in words[2].replace("7.0 %", "7 %")


def test_where_there_is_no_answer_the_ladder_says_so_and_marks_nothing(scarce, scarce_report):
    study = scarce.study()
    assert rule(study)[1].endswith(
        "There is no answer yet: 36 training images are too few to tell a good draw from a bad one."
    )
    assert {study.verdict.standing(row) for row in study.verdict.leaders} <= {
        "",
        "broken",
        "copies",
        "broken and copies",
    }
    assert "recommended" not in {row["standing"] for row in rows_of(scarce_report / "tables" / "ladder.csv")}
    assert "★" not in chart(study, study.verdict.leaders).caption


def test_its_figure_has_the_distances_in_words(correlated):
    (picture,) = build(correlated.study()).pictures()
    # Faces must not be turned into negatives in the dark.
    assert picture.photographs
    for row in correlated.study().verdict.leaders:
        assert row.name in picture.alt
    assert "★: recommended" in picture.caption
    assert "Open circles are excluded: more than 20 % of the faces are broken or more than 10 % are copies" in (
        picture.caption
    )


@pytest.mark.parametrize(
    ("intervals", "kind"),
    [
        ([Estimate(0.2, 0.1, 0.3), Estimate(30, 29, 31)], "log"),
        ([Estimate(0.01, -0.03, 0.05), Estimate(30, 29, 31)], "symlog"),
        ([Estimate(-0.02, -0.03, -0.01), Estimate(30, 29, 31)], "symlog"),
        ([Estimate(-0.02, -0.03, -0.01)], "symlog"),
        ([Estimate(0.5, math.nan, math.nan)], "log"),
        ([Estimate(math.nan, math.nan, math.nan)], "linear"),
    ],
)
def test_the_scale_is_linear_about_zero_where_an_interval_reaches_it(intervals, kind):
    axes = new_figure(2.0).subplots()
    scale(axes, intervals, None)
    assert axes.get_xscale() == kind
    low, high = axes.get_xlim()
    ends = [end for one in intervals for end in one if math.isfinite(end)]
    if ends:
        assert low < min(ends)
        assert high > max(ends)
        assert all(low <= tick <= high for tick in axes.get_xticks())
    if kind == "symlog":
        assert 0 in axes.get_xticks()


def test_fidelity_and_variety_are_multiples_of_the_reconstructions(correlated):
    study = correlated.study()
    (picture,) = fidelity.build(study).pictures()
    row = study.verdict.leaders[-1]
    multiples = []
    for metric in ("coverage", "density"):
        (own,) = study.scores.select(row.sampler, row.label, metric, reference="train")
        (unit,) = study.scores.select("reconstruction", "", metric, reference="train")
        multiples.append(own.value / unit.value)
    (found,) = re.findall(re.escape(row.name) + r" (\d\.\d+), (\d\.\d+)", picture.alt)
    assert [float(one) for one in found] == pytest.approx(multiples, rel=0.01)


def test_without_the_aspects_there_is_no_figure_of_them(correlated):
    study = correlated.study()
    study.scores = replace(study.scores, rows=tuple(row for row in study.scores.rows if row.metric != "coverage"))
    assert fidelity.build(study) is None


def test_a_broken_table_of_draws_is_named(tmp_path):
    (tmp_path / "draws.csv").write_text("sampler,label\na,b\n")
    with pytest.raises(ValueError, match=r"draws\.csv.*delete"):
        read_values(tmp_path / "draws.csv")
