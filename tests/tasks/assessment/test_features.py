import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from storage.arrays import open_complete, read_array
from storage.files import read_json, write_json
from tasks.assessment.config import AssessConfig
from tasks.assessment.features import read_images, train_features
from tasks.assessment.network import features_of, load_network, seeded_network

CONFIG = AssessConfig(device="cpu", network={"epochs": 3, "batch_size": 16, "seed": 2})

KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from tasks.assessment import features
from tasks.assessment.config import AssessConfig

when, dataset, out, config = sys.argv[1:]
features.BLOCK = 32
torch.set_num_threads(1)

def progress(done, total, note=""):
    if when == "epoch" and note.startswith("epoch 2") or when == "block" and note.startswith("features") and done >= 64:
        os.kill(os.getpid(), signal.SIGKILL)

features.train_features(Path(dataset), AssessConfig.model_validate_json(config), Path(out), progress)
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory, squares, write_dataset) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    images, truth = squares(100, 3)
    constant = np.ones((100, 1), np.int8)
    unknown = np.zeros((100, 1), np.int8)
    write_dataset(folder, images, np.repeat([0, 1, 2], [70, 15, 15]), np.hstack([constant, truth, unknown]))
    return folder


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("tasks.assessment.features.BLOCK", 32)


def test_features_are_those_of_the_network_that_is_written(dataset, tmp_path):
    facts = train_features(dataset, CONFIG, tmp_path)
    stored = read_array(open_complete(tmp_path / "features.zarr"), "feature")
    images = read_array(open_complete(dataset / "images.zarr"), "image")
    again = features_of(load_network(tmp_path, torch.device("cpu")), images)
    np.testing.assert_allclose(stored, again, rtol=1e-4, atol=1e-5)
    assert facts["features"] == "attributes"
    assert 0 <= facts["accuracy"] <= 1
    assert {path.name for path in tmp_path.iterdir()} == {
        "network.safetensors", "network.json", "history.csv", "features.zarr", "host.json",
    }  # fmt: skip


def test_attributes_without_variation_are_left_out(dataset, tmp_path):
    train_features(dataset, AssessConfig(device="cpu", network={"epochs": 1}), tmp_path)
    assert read_json(tmp_path / "network.json")["attributes"] == ["attribute 1", "attribute 2"]


def test_data_without_attributes_get_the_random_network_named_so(tmp_path, squares, write_dataset):
    images, _ = squares(20, 4)
    constant = np.ones((20, 2), np.int8)
    for name, attribute in (("none", None), ("constant", constant)):
        write_dataset(tmp_path / name, images, np.repeat([0, 1], [14, 6]), attribute)
        facts = train_features(tmp_path / name, CONFIG, tmp_path / f"{name} features")
        assert facts["features"] == "random"
        assert "accuracy" not in facts
    stored = read_array(open_complete(tmp_path / "none features" / "features.zarr"), "feature")
    expected = features_of(seeded_network(1, 2).eval(), images)
    np.testing.assert_allclose(stored, expected, atol=0.06 * expected.std())  # bfloat16 has eight bits.
    assert len((tmp_path / "none features" / "history.csv").read_text().splitlines()) == 1


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_precision_of_an_interrupted_run_is_kept(precision, dataset, tmp_path):
    write_json(tmp_path / "host.json", {"precision": precision})
    train_features(dataset, CONFIG, tmp_path)
    assert read_json(tmp_path / "network.json")["precision"] == precision
    network = load_network(tmp_path, torch.device("cpu"))
    assert {parameter.dtype for parameter in network.parameters()} == {
        torch.float32 if precision == "fp32" else torch.bfloat16
    }
    assert read_json(tmp_path / "network.json")["accuracy"] > 0.6


def test_images_are_read_in_the_order_asked_for(dataset):
    group = open_complete(dataset / "images.zarr")
    rows = np.array([99, 3, 50, 3])
    np.testing.assert_array_equal(read_images(group, rows), read_array(group, "image")[rows])


@pytest.mark.parametrize("when", ["epoch", "block"])
def test_a_killed_run_continues_to_the_same_bytes(when, dataset, tmp_path, contents, caplog):
    train_features(dataset, CONFIG, tmp_path / "undisturbed")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, when, str(dataset), str(tmp_path / "killed"), CONFIG.model_dump_json()],
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    notes = []
    with caplog.at_level(logging.INFO, "latentfaces"):
        train_features(dataset, CONFIG, tmp_path / "killed", lambda done, total, note="": notes.append(note))
    assert contents(tmp_path / "killed") == contents(tmp_path / "undisturbed")
    if when == "epoch":
        assert "1 of 3 epochs kept, 2 to do" in caplog.text
        assert not any(note.startswith("epoch 1") for note in notes)
    else:
        assert "2 of 4 blocks kept, 2 to do" in caplog.text
        assert not any(note.startswith("epoch") for note in notes)


def test_another_seed_gives_other_features(dataset, tmp_path):
    values = json.loads(CONFIG.model_dump_json())
    values["network"] |= {"seed": 3, "epochs": 1}
    other = AssessConfig(**values)
    values["network"] |= {"seed": 2}
    for name, config in (("one", AssessConfig(**values)), ("two", other)):
        train_features(dataset, config, tmp_path / name)
    first, second = (read_array(open_complete(tmp_path / name / "features.zarr"), "feature") for name in ("one", "two"))
    assert not np.allclose(first, second)
