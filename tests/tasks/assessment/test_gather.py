import dataclasses
from pathlib import Path

import pytest

from storage.files import read_json, write_json
from tasks.assessment.gather import gather_scores
from tasks.assessment.tables import DrawScore, read_cautions, read_draws, read_scores, summarise, write_scores


def score(sampler: str, label: str = "all", metric: str = "fd", reference: str = "train", n: int = 30) -> DrawScore:
    return DrawScore(sampler, label, metric, "random", reference, 0, 1.5, n, 0)


def write_parts(folder: Path, *parts: list[DrawScore]) -> list[Path]:
    for index, rows in enumerate(parts):
        write_scores(folder / str(index), [dataclasses.replace(row, draw=draw) for row in rows for draw in (0, 1)])
    return [folder / str(index) for index in range(len(parts))]


@pytest.fixture
def autoencoder(tmp_path) -> Path:
    (tmp_path / "autoencoder").mkdir()
    write_json(tmp_path / "autoencoder" / "autoencoder.json", {"references": 700})
    return tmp_path / "autoencoder"


def test_the_rows_of_all_parts_in_their_order(tmp_path, autoencoder):
    parts = [
        [score("real", ""), score("reconstruction", "")],
        [score("zebra", "k=10"), score("zebra", "k=9"), score("zebra", "k=10", "swd")],
        [score("ant")],
    ]
    folders = write_parts(tmp_path, *parts)
    gather_scores(folders, [], autoencoder, tmp_path / "out")
    draws = read_draws(tmp_path / "out" / "draws.csv")
    assert draws == [row for folder in folders for row in read_draws(folder / "draws.csv")]
    scores = read_scores(tmp_path / "out" / "scores.csv")
    assert scores == summarise(draws)
    assert [(s.sampler, s.label, s.metric) for s in scores] == [
        (s.sampler, s.label, s.metric) for part in parts for s in part
    ]


def test_fresh_draws_stand_beside_the_scores_and_may_have_another_n(tmp_path, autoencoder):
    folders = write_parts(tmp_path, [score("real")], [score("ant", n=30)], [score("ant", "k=9", "fd_debiased", n=250)])
    facts = gather_scores(folders[:2], folders[2:], autoencoder, tmp_path / "out")
    assert facts == {"rows": 2, "samplers": 1}
    assert read_draws(tmp_path / "out" / "judged_draws.csv") == read_draws(folders[2] / "draws.csv")
    assert {row.n for row in read_draws(tmp_path / "out" / "draws.csv")} == {30}
    assert read_json(tmp_path / "out" / "autoencoder.json") == {"references": 700}


def test_what_must_be_known_of_metrics_is_gathered_and_told(tmp_path, autoencoder):
    folders = write_parts(tmp_path, [score("real", "")], [score("ant")])
    caution = {"metric": "novelty", "features": "random", "reference": "train", "text": "All are copies."}
    write_json(folders[0] / "cautions.json", [caution, {**caution, "metric": "novelty_latent"}])
    facts = gather_scores(folders, [], autoencoder, tmp_path / "out")
    assert facts["cautions"] == ["All are copies."]
    assert [one["metric"] for one in read_cautions(tmp_path / "out")] == ["novelty", "novelty_latent"]
    assert "cautions" not in gather_scores(folders[1:], [], autoencoder, tmp_path / "usual")


def test_rows_measured_on_different_numbers_of_images_cannot_be_compared(tmp_path, autoencoder):
    parts = write_parts(tmp_path, [score("real")], [score("ant", n=20)])
    with pytest.raises(ValueError, match=r"different n .*20, 30"):
        gather_scores(parts, [], autoencoder, tmp_path / "out")


def test_nor_can_those_measured_in_different_features(tmp_path, autoencoder):
    other = dataclasses.replace(score("ant"), features="attributes")
    with pytest.raises(ValueError, match="fd was measured in different features: attributes, random"):
        gather_scores(write_parts(tmp_path, [score("real")], [other]), [], autoencoder, tmp_path / "out")
