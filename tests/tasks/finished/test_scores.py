import math

import pytest

from tasks.assessment.tables import COLUMNS, Score, level_words
from tasks.finished.scores import Comparison, Criterion, ScoreTable, choose_features, read_table

JUDGE = Criterion("fd", "random", "heldout")


def fd(sampler, value, spread=0.1, label="", reference="heldout", metric="fd"):
    return Score(sampler, label, metric, "random", reference, value, spread)


def test_a_difference_counts_from_its_p_value_on():
    step = Comparison(fd("a", 10.0), fd("b", 30.0), probability=0.049, significance=0.05)
    assert (step.gain, step.ratio) == (20, 3)
    assert step.better
    assert not step.worse
    assert Comparison(step.second, step.first, 0.049, 0.05).worse
    assert not Comparison(step.first, step.second, 0.05, 0.05).decided


def test_nothing_is_decided_without_repeated_draws():
    step = Comparison(fd("a", 1.0), fd("b", 9.0), math.nan, 0.05)
    assert not step.better
    assert not step.worse
    assert math.isnan(Comparison(fd("a", -1.0), fd("b", 9.0), 0.01, 0.05).ratio)


def test_best_is_the_lowest_finite_value_of_the_deciding_reference():
    table = ScoreTable(
        (
            fd("a", 5.0, label="x=1"),
            fd("a", 4.0, label="x=2"),
            fd("a", math.nan, label="x=3"),
            fd("a", 1.0, label="x=4", reference="train"),
            fd("real", 0.5),
        )
    )
    best = table.best(JUDGE, "a")
    assert best is not None
    assert best.label == "x=2"
    assert table.best(JUDGE, "unknown") is None
    assert table.samplers == ["a"]
    assert table.references == ["heldout", "train"]


def test_beside_keeps_to_the_reference_asked_for():
    score = fd("a", 5.0)
    table = ScoreTable((score, fd("a", 0.1, metric="novelty", reference="train"), fd("a", 1.0, metric="novelty")))
    assert table.beside(score, "novelty", "train").value == 0.1
    assert table.beside(score, "kid", "train") is None


def test_the_most_telling_features_decide():
    assert choose_features(["random", "attributes"]) == "attributes"
    assert choose_features(["attributes", "inception"]) == "inception"
    assert choose_features(["mine"]) == "mine"
    assert choose_features([]) == ""


def test_levels_are_written_with_spaces_and_none_for_nothing_swept():
    assert level_words("k=20,bandwidth=1.0") == "k=20, bandwidth=1.0"
    assert level_words("all") == level_words("") == ""


def test_read_scores_names_the_file_and_the_column(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(",".join(COLUMNS[:-2]) + "\n")
    with pytest.raises(ValueError, match=r"scores\.csv has no columns sampler,"):
        read_table(path)
    path.write_text(",".join(COLUMNS) + "\na,,fd,random,train,many,nan,5,0\n")
    with pytest.raises(ValueError, match=r"scores\.csv.*many"):
        read_table(path)
    path.write_text(",".join(COLUMNS) + "\na,x=1,fd,random,train,2.5,nan,5,0\n")
    (score,) = read_table(path).rows
    assert score.value == 2.5
    assert math.isnan(score.spread)
