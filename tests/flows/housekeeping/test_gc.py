from collections.abc import Callable

import pytest

from flows.cli.commands import app
from flows.housekeeping.gc import superseded, sweep
from flows.housekeeping.inventory import take_inventory
from flows.in_use import store_in_use
from storage.locks import FileLocks
from storage.record import RECORD
from storage.store import Store
from tasks.stage.errors import InputError

Make = Callable[..., None]


@pytest.fixture
def two_studies(make: Make) -> None:
    """One data set, an old model and a new one, with what was made from each; the old latents are shared by nobody."""
    make("dataset", "a1", age=9)
    make("model", "b1", age=8, dataset="a1")
    make("latents", "c1", age=7, dataset="a1", model="b1")
    make("model", "b2", age=4, dataset="a1")
    make("latents", "c2", age=3, dataset="a1", model="b2")


def doomed(store: Store, keep: int = 1) -> list[str]:
    return [verdict.entry.key.rstrip("0") for verdict in superseded(take_inventory(store), keep)]


def test_the_older_study_goes_dependents_first_and_what_is_shared_stays(store: Store, two_studies: None) -> None:
    assert doomed(store) == ["c1", "b1"]
    assert doomed(store, keep=2) == []


def test_what_a_kept_artifact_was_made_from_stays(store: Store, two_studies: None, make: Make) -> None:
    make("statistics", "d1", age=1, dataset="a1", latents="c1")
    assert doomed(store) == []


def test_other_images_are_another_study(store: Store, two_studies: None, make: Make) -> None:
    make("dataset", "a2", age=20)
    make("model", "b3", age=19, dataset="a2")
    assert doomed(store) == ["c1", "b1"]


def test_each_sampler_is_a_kind_of_its_own(store: Store, make: Make) -> None:
    make("dataset", "a1", age=9)
    make("samples", "b1", age=8, about="shuffled", dataset="a1")
    make("samples", "b2", age=3, about="resampled", dataset="a1")
    assert doomed(store) == []
    make("samples", "b3", age=2, about="shuffled", dataset="a1")
    assert doomed(store) == ["b1"]


def test_an_interrupted_run_may_go_on_until_it_is_superseded(store: Store, two_studies: None, make: Make) -> None:
    make("model", "b4", age=1, complete=False, dataset="a1")
    assert doomed(store) == ["c1", "b1"]
    make("model", "b5", age=0, dataset="a1")
    assert "b4" in doomed(store)


def test_nothing_goes_without_yes(store: Store, two_studies: None, capsys: pytest.CaptureFixture[str]) -> None:
    app(["gc", "--store", str(store.root)], standalone_mode=False)
    assert "latents/c1" in capsys.readouterr().out
    assert len(list(store.artifacts())) == 5
    app(["gc", "--yes", "--store", str(store.root)], standalone_mode=False)
    assert {key.rstrip("0") for _, key in store.artifacts()} == {"a1", "b2", "c2"}


def test_what_is_locked_stays(store: Store, two_studies: None) -> None:
    locks = FileLocks(store.root / ".locks")
    verdicts = superseded(take_inventory(store))
    assert locks.acquire_lock(f"latents/{verdicts[0].entry.key}/{RECORD}", "a run")
    deleted, locked = sweep(store, verdicts)
    assert [one.entry.artifact for one in locked] == ["latents"]
    assert [one.entry.artifact for one in deleted] == ["model"]
    assert store.is_complete(*verdicts[0].entry.id)


def test_nothing_is_deleted_while_a_study_runs(store: Store, two_studies: None) -> None:
    with store_in_use(store), store_in_use(store), pytest.raises(InputError, match="a study is running"):
        with store_in_use(store, alone=True):
            pass
    with store_in_use(store, alone=True):
        pass
