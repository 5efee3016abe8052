from pathlib import Path

import pytest

from flows.config import StudyConfig
from flows.study_plan import plan_study
from flows.summary import Done, run_summary
from storage.artifact import Reference
from storage.store import LocalStore
from tests.judged import write_judged

SCORES = """sampler,label,metric,features,reference,value,spread,n,seed
uniform_component,fact=1.5,novelty,random,train,0.42,0.02,300,0
uniform_component,fact=1.5,novelty,attributes,train,0.97,0.02,300,0
"""
JUDGED = {
    ("shuffled", "all"): (3.0, 0.31, 0.02),
    ("uniform_component", "fact=1.0"): (9.0, 0.02, 0.02),
    ("uniform_component", "fact=1.5"): (4.0, 0.02, 0.015),
}
FACTS = {
    "dataset": {"images": 4000, "image_size": 64, "skipped": 3, "train": 3225, "validation": 392, "test": 383},
    "model": {"held_out_mse": 0.0021, "pca_mse": 0.0020, "best_epoch": 15, "device": "cpu", "precision": "fp32"},
    "report": {"findings": ["Draw z with uniform_component at fact=1.5.", "Most components are nearly normal."]},
}


@pytest.fixture
def done(tmp_path: Path) -> Done:
    store = LocalStore(tmp_path)
    found: Done = []
    for position, step in enumerate(plan_study(StudyConfig(), None).steps):
        folder = store.folder(step.artifact, step.key)
        folder.mkdir(parents=True)
        reference = Reference(step.artifact, step.key, folder, FACTS.get(step.artifact, {}))
        found.append((step, reference, position < 2))
    (scores_of(found) / "scores.csv").write_text(SCORES)
    write_judged(scores_of(found), JUDGED)
    return found


def scores_of(done: Done) -> Path:
    return next(reference.path for step, reference, _ in done if step.artifact == "scores")


def test_it_says_what_was_studied_what_came_out_and_where_it_lies(done: Done) -> None:
    text = run_summary(done, "study: 4000 synthetic 64x64 z256", "/store")
    assert text.startswith("# study: 4000 synthetic 64x64 z256\n")
    assert "4,000 images of 64×64 pixels: synthetic faces" in text
    assert "3 could not be read" in text
    assert "256 latent components, the best of 40 epochs (epoch 15)" in text
    assert "1.05 times that of a PCA" in text
    assert "**Draw z with uniform_component at fact=1.5.**" in text
    assert "- Most components are nearly normal." in text
    assert f"`{done[-1][1].path}/report.html`" in text
    assert f"{len(done) - 2} of {len(done)} computed, 2 from the cache" in text
    assert f"| train | computed | `model/{done[2][1].key}` |" in text


def test_samplers_stand_at_their_most_promising_level_the_closest_first(done: Done) -> None:
    """Four draws with a standard error of 0.0408: an interval of ±0.13."""
    text = run_summary(done, "study", "/store")
    rows = [line for line in text.splitlines() if line.startswith(("| *", "| `"))]
    assert rows == [
        "| *held-out reconstructions* | – | 0.06 | 5.0 % | 5.0 % | 1 |  |",
        "| `shuffled` | – | 3.00 [2.87, 3.13] | 31.0 % | 2.00 % | – | broken |",
        "| `uniform_component` | fact=1.5 | 4.00 [3.87, 4.13] | 2.00 % | 1.50 % | 0.97 | recommended |",
    ]


def test_without_a_report_the_answer_is_the_verdicts(done: Done) -> None:
    scored = [one for one in done if one[0].artifact != "report"]
    assert "## The answer\n\n**Draw z with uniform_component (fact=1.5).**" in run_summary(scored, "study", "/store")


def test_no_answer_is_said_with_its_remedy(done: Done) -> None:
    write_judged(scores_of(done), JUDGED, references=301)
    text = run_summary([one for one in done if one[0].artifact != "report"], "study", "/store")
    assert (
        "**No answer yet: 301 training images are too few to tell a good draw from a bad one. Use at least 500 "
        "training images.**"
    ) in text
    assert "recommended |" not in text


def test_a_run_of_single_stages_says_what_it_knows(done: Done) -> None:
    text = run_summary(done[:3], "train", "/store")
    assert "**Model.**" in text
    assert "## The answer" not in text
    assert "## The scores" not in text
    assert "1 of 3 computed" in text
