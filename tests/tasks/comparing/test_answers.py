"""What studies answer whose judgements are written here."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.arrays import finish, open_for_writing, write_array
from storage.files import write_json
from tasks.comparing.answers import best_counts, best_draw, best_sampler, build, reservations
from tasks.comparing.compared import Compared
from tasks.comparing.config import ComparisonConfig, Member
from tasks.comparing.headline import ladder_figures
from tasks.comparing.ladder import ranked
from tasks.comparing.study import ComparedStudy
from tasks.finished.artifacts import Artifacts
from tests.judged import write_judged

FAR = {("normal_origin", "scale=1.0"): (9.0, 0.05, 0.02)}
UNIFORM = FAR | {("uniform_component", "fact=1.0"): (1.0, 0.05, 0.02), ("shuffled", "all"): (3.0, 0.05, 0.02)}
TIED = FAR | {("uniform_component", "fact=1.0"): (1.0, 0.05, 0.02), ("shuffled", "all"): (0.9, 0.05, 0.02)}
SHUFFLED = FAR | {("uniform_component", "fact=1.0"): (1.0, 0.6, 0.02), ("shuffled", "all"): (3.0, 0.05, 0.02)}
"""A draw that is best alone; one that ties with another, which keeps more; one whose rival breaks."""


def study(root: Path, name: str, judgements: Any, network: str = "n", **autoencoder: Any) -> ComparedStudy:
    group = open_for_writing(root / name / "images.zarr")
    write_array(group, "partition", np.zeros(600, np.int8), ("image",))
    finish(root / name / "images.zarr")
    write_json(root / name / "summary.json", {"components": 8})
    header = "sampler,label,metric,features,reference,value,spread,n,seed\n"
    rows = "".join(f'{sampler},"{label}",fd,attributes,train,1,0.1,500,0\n' for sampler, label in judgements)
    (root / name / "scores.csv").write_text(header + rows)
    write_judged(root / name, judgements, **autoencoder)
    member = Member(name=name, values={"train.seed": len(name)}, network=network)
    folder = root / name
    return ComparedStudy(Artifacts(folder, folder, folder, folder, scores=folder), member)


def compared(*studies: ComparedStudy) -> Compared:
    return Compared(studies, ComparisonConfig())


def test_the_best_draw_counts_ties_and_leaves_out_studies_without_an_answer(tmp_path: Path) -> None:
    studies = [
        study(tmp_path, "a", UNIFORM),
        study(tmp_path, "bb", TIED),
        study(tmp_path, "ccc", SHUFFLED),
        study(tmp_path, "dddd", TIED),
        study(tmp_path, "eeeee", UNIFORM, error_share=0.4),
    ]
    assert best_counts(studies) == {"uniform_component": 3, "shuffled": 3}
    assert best_sampler(studies) == "uniform_component", "recommended by three studies, the other by one"
    found = best_draw(compared(*studies))
    assert (
        found.text
        == "The best draw is uniform_component or shuffled in 3 of 4 runs that answer; 1 of 5 gives no answer."
    )
    assert found.detail.startswith("Draws that cannot be told from the closest one count as best too. These runs put ")
    assert {bar.label: bar.number for bar in found.evidence} == {"uniform_component": "3", "shuffled": "3"}
    assert best_draw(compared(*studies[:1], *studies[2:3])).text == (
        "The best draw is uniform_component or shuffled in 1 of 2 runs."
    )


def test_no_best_draw_where_no_study_answers(tmp_path: Path) -> None:
    studies = [study(tmp_path, name, UNIFORM, decoder_share=2.0) for name in ("a", "bb")]
    found = best_draw(compared(*studies))
    assert found.text == "No answer yet: none of the 2 runs recommends a draw."
    assert found.detail.startswith("a: No answer yet: the autoencoder's reconstructions do not look like photographs")
    assert found.detail.endswith("Train the autoencoder for more epochs (train.epochs).")
    assert not found.decided
    assert best_sampler(studies) is None


def test_every_study_has_its_answer_in_the_table_or_why_it_has_none(tmp_path: Path) -> None:
    made = build(compared(study(tmp_path, "a", TIED), study(tmp_path, "bb", TIED, references=301)))
    assert made is not None
    (table,) = made.tables()
    first, second = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    assert (first["sampler"], first["label"], first["tied"]) == ("uniform_component", "fact=1.0", "shuffled")
    assert (first["fd_debiased"], first["broken"]) == (pytest.approx(1.0), pytest.approx(0.05))
    assert first["low"] == pytest.approx(1.0 - 3.1824 * 0.1 / 6**0.5, abs=1e-4)
    assert (second["sampler"], second["remedy"]) == ("", "use at least 500 training images")
    html = "".join(block.html for block in made.blocks if block.kind == "prose")
    assert "bb. No answer yet: 301 training images are too few to tell a good draw from a bad one. Use at least" in html


def test_reservations_are_said_once_with_the_studies(tmp_path: Path) -> None:
    studies = [
        study(tmp_path, "a", UNIFORM, features="random", alike=False),
        study(tmp_path, "bb", UNIFORM, features="random"),
    ]
    assert [prose.html for prose in reservations(compared(*studies))] == [
        '<p class="caution"><b>In every run:</b> Faces are compared in the features of an untrained network, which '
        "orders draws only roughly.</p>",
        '<p class="caution"><b>In a:</b> The held-out faces differ from the training faces, so the held-out figures '
        "are no measure of new draws.</p>",
    ]


def test_distances_are_figures_only_within_one_feature_network(tmp_path: Path) -> None:
    first, second = study(tmp_path, "a", UNIFORM), study(tmp_path, "bb", SHUFFLED)
    figures = {figure.name: (figure.read(first), figure.read(second)) for figure in ladder_figures([first, second])}
    assert figures == {
        "ladder_normal_origin": (pytest.approx(9.0), pytest.approx(9.0)),
        "ladder_uniform_component": (pytest.approx(1.0), pytest.approx(1.0)),
        "ladder_shuffled": (pytest.approx(3.0), pytest.approx(3.0)),
    }
    assert ladder_figures([first, study(tmp_path, "ccc", UNIFORM, network="m")]) == ()
    assert ranked([first, second]) == ["normal_origin", "shuffled", "uniform_component"]
