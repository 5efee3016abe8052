import json
from collections.abc import Callable

import pytest

from flows.cli.commands import app
from flows.housekeeping.inventory import readable_age, readable_size, take_inventory
from storage.store import Store
from tasks.stage.errors import InputError

Make = Callable[..., None]


@pytest.fixture
def chain(make: Make) -> None:
    make("dataset", "a1", age=5)
    make("model", "b1", age=4, dataset="a1")
    make("latents", "b2", age=3, complete=False, dataset="a1", model="b1")


def test_who_was_made_from_whom(store: Store, chain: None) -> None:
    inventory = take_inventory(store)
    assert [entry.artifact for entry in inventory.entries] == ["dataset", "model", "latents"]
    dataset, model, latents = inventory.entries
    assert inventory.dependents(dataset) == [model.id, latents.id]
    assert inventory.dependents(latents) == []
    assert (model.complete, latents.complete, latents.state) == (True, False, "unfinished")
    assert dataset.used == 1e9 - 5 * 3600


def test_sizes_are_those_of_the_files(store: Store, chain: None) -> None:
    for entry in take_inventory(store).entries:
        files = [path for path in store.folder(*entry.id).rglob("*") if path.is_file()]
        assert entry.size == sum(len(path.read_bytes()) for path in files)


def test_a_key_is_found_by_its_beginning_where_that_is_unique(store: Store, chain: None) -> None:
    inventory = take_inventory(store)
    assert inventory.find("b2").artifact == "latents"
    assert inventory.find("model/b").artifact == "model"
    with pytest.raises(InputError, match=r"several keys: model/b1.*latents/b2"):
        inventory.find("b")
    with pytest.raises(InputError, match="no artifact with the key c"):
        inventory.find("c")


def test_an_input_that_is_gone_is_said_to_be(store: Store, chain: None, capsys: pytest.CaptureFixture[str]) -> None:
    store.delete("dataset", "a1".ljust(16, "0"))
    app(["show", "b1", "--store", str(store.root)], standalone_mode=False)
    shown = capsys.readouterr().out
    assert "missing inputs:\n  dataset/a100000000000000" in shown
    assert "images = 5" in shown
    assert "seed = 1" in shown
    assert "dependents:\n  latents/b200000000000000  stage\n" in shown


def test_ls_prints_a_line_each_and_json(store: Store, chain: None, capsys: pytest.CaptureFixture[str]) -> None:
    app(["ls", "--store", str(store.root)], standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert "unfinished" in lines[3]
    app(["ls", "--json", "--store", str(store.root)], standalone_mode=False)
    entries = json.loads(capsys.readouterr().out)
    assert [entry["dependents"] for entry in entries] == [
        ["model/b100000000000000", "latents/b200000000000000"],
        ["latents/b200000000000000"],
        [],
    ]


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (123_456_789, "123 MB"), (5e12, "5.0 TB")]
)
def test_readable_sizes(size: float, text: str) -> None:
    assert readable_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s ago"), (61, "1 minute ago"), (7200, "2 hours ago"), (200_000, "2 days ago")]
)
def test_readable_ages(seconds: float, text: str) -> None:
    assert readable_age(1000.0, 1000.0 + seconds) == text
