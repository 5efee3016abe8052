from pathlib import Path

import pytest

from flows.config import StudyConfig
from flows.plan import plan_study
from flows.summary import Done, run_summary
from storage.artifact import Reference
from storage.store import LocalStore

SCORES = """sampler,label,metric,features,reference,value,spread,n,seed
real,,fd,random,heldout,0.5,0.01,300,0
reconstruction,,fd,random,heldout,12.7,0.2,300,0
shuffled,all,fd,random,heldout,27.2,0.3,300,0
uniform_component,fact=1.0,fd,random,heldout,36,0.3,300,0
uniform_component,fact=1.5,fd,random,heldout,25.04,0.3,300,0
uniform_component,fact=1.5,fd,random,train,19,0.3,300,0
uniform_component,fact=1.5,novelty,random,train,0.97,0.02,300,0
"""
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
    (next(ref.path for step, ref, _ in found if step.artifact == "scores") / "scores.csv").write_text(SCORES)
    return found


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


def test_samplers_stand_at_their_best_level_between_the_fixed_rows(done: Done) -> None:
    text = run_summary(done, "study", "/store")
    rows = [line for line in text.splitlines() if line.startswith(("| *", "| `"))]
    assert rows[:4] == [
        "| *real images* | – | 0.5 | 0.01 | – |",
        "| *reconstructions* | – | 12.7 | 0.2 | – |",
        "| `uniform_component` | fact=1.5 | 25.04 | 0.3 | 0.97 |",
        "| `shuffled` | – | 27.2 | 0.3 | – |",
    ]


def test_a_run_of_single_stages_says_what_it_knows(done: Done) -> None:
    text = run_summary(done[:3], "train", "/store")
    assert "**Model.**" in text
    assert "## The answer" not in text
    assert "## The scores" not in text
    assert "1 of 3 computed" in text
