import math

import pytest

from tasks.assessment.tables import COLUMNS, DrawScore, Score, level_words, write_scores
from tasks.finished.scores import Criterion, ScoreTable, choose_features, criterion_of, read_table, read_values

FD = Criterion("fd_decoded", "random", "train")


def fd(sampler, value, spread=0.1, label="", reference="train", metric="fd_decoded"):
    return Score(sampler, label, metric, "random", reference, value, spread)


def test_the_levels_of_a_sampler_are_told_apart_by_the_distance_from_training_reconstructions():
    table = ScoreTable(
        (
            fd("real", 0.5),
            fd("a", 5.0, label="x=1"),
            fd("a", 9.0, label="x=1", metric="fd"),
            fd("a", 1.0, label="x=1", reference="heldout"),
            fd("a", math.nan, label="x=2"),
            fd("b", 4.0, label="x=1"),
        )
    )
    assert criterion_of(table) == FD
    assert [(row.sampler, row.value) for row in table.by(FD)] == [("real", 0.5), ("a", 5.0), ("b", 4.0)]
    assert [row.value for row in table.by(FD, "a")] == [5.0]
    assert table.by(FD, "a", "x=2") == table.by(FD, "unknown") == []
    assert table.samplers == ["a", "b"]
    assert table.references == ["train", "heldout"]
    assert FD.unit == "FD from training reconstructions, lower is better"


def test_beside_keeps_to_the_reference_asked_for():
    score = fd("a", 5.0)
    novelty = [fd("a", value, metric="novelty", reference=name) for name, value in (("train", 0.1), ("heldout", 1.0))]
    table = ScoreTable((score, *novelty))
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


def test_the_single_draws_behind_a_row_are_found_by_its_key(tmp_path):
    rows = [
        DrawScore("a", "x=1", metric, "random", "train", draw, 10.0 * draw, 5, 0) for metric in "fg" for draw in (0, 1)
    ]
    write_scores(tmp_path, rows)
    values = read_values(tmp_path / "draws.csv")
    assert values == {score.key: [0.0, 10.0] for score in read_table(tmp_path / "scores.csv").rows}
    assert read_values(tmp_path / "absent.csv") == {}
