import json
import shutil
from pathlib import Path

import pytest

from flows.finished import newest_study
from storage.opening import find_store
from storage.record import RECORD
from tasks.stage.errors import InputError


def test_the_artifacts_belong_together(finished_store: Path) -> None:
    store = find_store(finished_store)
    found = newest_study(store)
    assert set(found.samples) == {"uniform_component", "multivariate_normal"}
    identity = store.identity("scores", found.scores.name)
    assert identity["inputs"]["baselines"] == found.baselines.name
    for sampler, folder in found.samples.items():
        made_from = store.identity("samples", folder.name)
        quality = store.identity("quality", identity["inputs"][f"quality/{sampler}"])
        assert quality["inputs"]["samples"] == folder.name
        for name in ("dataset", "model", "latents", "statistics"):
            assert made_from["inputs"][name] == getattr(found, name).name


def test_the_settings_are_those_of_the_run(finished_store: Path) -> None:
    found = newest_study(find_store(finished_store))
    assert (found.sampling.count, found.assessment.count, found.assessment.repeats) == (12, 12, 2)


def test_a_model_is_found_by_its_key(finished_store: Path) -> None:
    store = find_store(finished_store)
    key = newest_study(store).model.name
    assert newest_study(store, key).model.name == key
    with pytest.raises(InputError, match="no statistics of the model 0123456789abcdef"):
        newest_study(store, "0123456789abcdef")


@pytest.mark.parametrize("lost", ["statistics", "latents", "model", "dataset"])
def test_half_a_study_is_none(finished_store: Path, tmp_path: Path, lost: str) -> None:
    shutil.copytree(finished_store, tmp_path / "store", ignore=shutil.ignore_patterns("c", "*.html", "*.png"))
    for record in (tmp_path / "store" / lost).glob(f"*/{RECORD}"):
        record.unlink()
    with pytest.raises(InputError, match="has no finished study; run 'latentfaces run' first"):
        newest_study(find_store(tmp_path / "store"))


def test_a_study_that_was_not_scored_has_no_scores(finished_store: Path, tmp_path: Path) -> None:
    shutil.copytree(finished_store, tmp_path / "store", ignore=shutil.ignore_patterns("c", "*.html", "*.png"))
    shutil.rmtree(tmp_path / "store" / "scores")
    found = newest_study(find_store(tmp_path / "store"))
    assert found.scores is None
    assert found.samples


def test_a_sampler_that_has_changed_since_is_taken_as_it_is_now(
    finished_store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(finished_store, tmp_path / "store", ignore=shutil.ignore_patterns("c", "*.html", "*.png"))
    (identity,) = [
        path
        for path in (tmp_path / "store" / "samples").glob("*/config.json")
        if json.loads(path.read_text())["config"]["sampler"] == "uniform_component"
    ]
    changed = json.loads(identity.read_text())
    changed["config"]["uniform_component"] = {"reach": [1.0]}
    identity.write_text(json.dumps(changed))
    found = newest_study(find_store(tmp_path / "store"))
    assert "uniform_component had other settings" in caplog.text
    assert 1.0 in found.sampling.settings("uniform_component").fact


def test_a_flow_belongs_to_the_study_whose_faces_it_drew(finished_store: Path, tmp_path: Path) -> None:
    """One that was trained before the setting was switched off is left in the store, but is not used."""
    shutil.copytree(finished_store, tmp_path / "store", ignore=shutil.ignore_patterns("c", "*.html", "*.png"))
    store = find_store(tmp_path / "store")
    (conditioned,) = (tmp_path / "store" / "conditioned").iterdir()
    flow = tmp_path / "store" / "guided" / "0123456789abcdef"
    shutil.copytree(conditioned, flow)
    assert newest_study(store).conditioned == conditioned
    assert newest_study(store).guided is None
    identity = conditioned / "config.json"
    changed = json.loads(identity.read_text())
    changed["inputs"]["guided"] = flow.name
    identity.write_text(json.dumps(changed))
    assert newest_study(store).guided == flow
    shutil.rmtree(conditioned)
    assert newest_study(store).guided == flow, "nothing has been drawn with it yet"
