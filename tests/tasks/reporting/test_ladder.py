import csv

import pytest

from tasks.assessment.tables import Score
from tasks.finished.ranking import rank
from tasks.finished.scores import Criterion, ScoreTable, ranked, read_values
from tasks.reporting.topics.ladder import build, families, ladder
from tasks.reporting.topics.ladder import ranking as ranking_finding
from tasks.reporting.topics.planned import planned

JUDGE = Criterion("fd", "random", "heldout")


def test_the_ladder_holds_every_sampler_and_the_fixed_rows_from_the_worst_to_the_best(correlated):
    study = correlated.study()
    ladder_rows = ladder(study)
    assert {entry.sampler for entry in ladder_rows} == {*study.samples, "real", "reconstruction"}
    values = [entry.scores["heldout"].value for entry in ladder_rows]
    assert values == sorted(values, reverse=True)
    for entry in ladder_rows:
        for reference in ("heldout", "train"):
            (unit,) = study.scores.select("reconstruction", metric="fd", reference=reference)
            assert entry.multiples[reference] == entry.scores[reference].value / unit.value
    assert [entry.sampler for entry in ladder_rows if entry.copies] == ["resampled"]


def test_its_table_agrees_with_the_scores(correlated, correlated_report):
    with open(correlated_report / "tables" / "ladder.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    study = correlated.study()
    assert [int(row["rank"]) for row in rows] == list(range(len(rows), 0, -1))
    for row, entry in zip(rows, ladder(study), strict=True):
        assert (row["sampler"], row["label"]) == (entry.sampler, entry.label)
        assert float(row["fd_train"]) == entry.scores["train"].value
        assert float(row["fd_heldout_multiple"]) == entry.multiples["heldout"]
        assert row["ties"] == study.ranking.letter(entry.sampler)
        best = study.answer.pick[0]
        beside = (
            entry.sampler in study.ranking.names and entry.sampler != best and study.ranking.tied(best, entry.sampler)
        )
        assert row["beside_best"] == ("recommended" if entry.sampler == best else "tied" if beside else "")


def test_draws_and_the_two_families_of_comparisons_are_told(correlated):
    study = correlated.study()
    words = str(build(study).blocks[0].html)
    assert "the mean over 4 draws of 60 images" in words
    assert "with the seed 0." in words
    count = len(study.ranking.names)
    told = families(study)
    assert f"all {count * (count - 1) // 2} pairs of samplers and reconstructions, adjusted together" in told[0]
    asked = planned(study.numbers)
    assert told[1].startswith(f"The {len(asked)} planned comparisons are adjusted only for one another")
    differ = [
        step for step in asked.values() if step.decided and study.ranking.tied(step.first.sampler, step.second.sampler)
    ]
    assert len(told) == 2 + len(differ)


def test_the_ranking_of_a_study_takes_each_sampler_at_its_best_level(correlated):
    study = correlated.study()
    assert set(study.ranking.names) == {*study.samples, "reconstruction"}
    best = {name: study.scores.best(study.criterion, name).value for name in study.samples}
    order = [name for name in study.ranking.names if name in best]
    assert order[0] == min(best, key=best.get)
    # One common interval is far worse than a normal distribution with the right moments.
    assert not study.ranking.tied("uniform_common", "multivariate_normal")


def test_without_single_draws_nothing_is_ranked(tmp_path):
    assert read_values(tmp_path / "draws.csv") == {}
    row = Score("a", "", "fd", "random", "heldout", 1.0)
    assert ranked(ScoreTable((row,)), {}, JUDGE) is None


def test_a_broken_table_of_draws_is_named(tmp_path):
    (tmp_path / "draws.csv").write_text("sampler,label\na,b\n")
    with pytest.raises(ValueError, match=r"draws\.csv.*delete"):
        read_values(tmp_path / "draws.csv")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"a": [1.0, 1.01, 0.99], "b": [5.0, 5.1, 4.9]}, "The order of all 2 samplers by FD is real"),
        ({"a": [1.0, 1.2, 0.8], "b": [1.1, 0.9, 1.0]}, "No two of the 2 samplers differ significantly in FD."),
        (
            {"a": [1.0, 1.1, 0.9], "b": [1.1, 0.9, 1.0], "c": [9.0, 9.9, 8.1]},
            "Of 3 pairs of samplers 2 differ in FD by more than chance.",
        ),
    ],
)
def test_the_finding_says_what_the_ranking_tells(values, text):
    from tasks.finished.numbers import Numbers

    rows = [Score(name, "", "fd", "random", "heldout", sum(draws) / 3) for name, draws in values.items()]
    finding = ranking_finding(
        Numbers(ScoreTable(tuple(rows)), JUDGE, {}, {}, 8, rank(values, {name: name for name in values}, 0.05))
    )
    assert finding.text.startswith(text)
    if "Of 3 pairs" in text:
        assert finding.detail.startswith("The lowest, a, differs significantly from 1 of the 2 others.")
