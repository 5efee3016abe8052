import csv
import filecmp
import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from storage.arrays import create_array, finish, open_for_writing, write_array
from tasks.autoencoder.checkpoint import load_autoencoder
from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig
from tasks.training.train import train
from tests.tasks.training.compiler import needs_compiler

CONFIG = TrainConfig(
    channels=(6, 12), latent_dim=8, epochs=4, batch_size=16, device="cpu", precision="fp32", memory_format="contiguous"
)
ARTIFACT = ["autoencoder.json", "best.safetensors", "history.csv", "last.safetensors", "machine.json", "yardstick.json"]

KILLED = """
import json, os, signal, sys, torch
from pathlib import Path
from tasks.training.config import TrainConfig
from tasks.training.train import train

torch.set_num_threads(1)
dataset, out, config, moment, count = sys.argv[1:]
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
if moment == "replace":
    replace, calls = os.replace, []
    def counting(*arguments):
        calls.append(arguments)
        die() if len(calls) == int(count) else replace(*arguments)
    os.replace = counting
def progress(done, total, note=""):
    if moment == "batch" and done == int(count):
        die()
train(Path(dataset), TrainConfig(**json.loads(config)), Path(out), progress)
"""


@pytest.fixture(scope="module")
def undisturbed(blobs, tmp_path_factory):
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("undisturbed")
    told = []
    facts = train(blobs, CONFIG, out, lambda *arguments: told.append(arguments))
    return out, facts, told


def run_killed(dataset, out, moment, count, config=CONFIG):
    arguments = [dataset, out, config.model_dump_json(), moment, count]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *map(str, arguments)], cwd=Path(__file__).parents[3], capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()


def test_the_model_is_complete_and_its_figures_agree(undisturbed):
    out, facts, told = undisturbed
    assert sorted(path.name for path in out.iterdir()) == sorted([*ARTIFACT, "host.json"])
    history = list(csv.DictReader((out / "history.csv").open()))
    columns = ["epoch", "train_loss", "validation_mse", "validation_psnr", "validation_ssim", "learning_rate"]
    assert list(history[0]) == columns
    assert [row["epoch"] for row in history] == ["1", "2", "3", "4"]
    assert facts["best_epoch"] == 1 + np.argmin([float(row["validation_mse"]) for row in history])
    pca_baseline = json.loads((out / "yardstick.json").read_text())
    assert set(pca_baseline["autoencoder"]) == set(pca_baseline["pca"]) == {"mse", "psnr", "ssim"}
    assert told[-1][0] == told[-1][1]
    assert all(0 < done <= total for done, total, _ in told)
    assert "loss" in told[0][2]
    assert "images/s" in told[0][2]


def test_best_and_last_weights_are_what_the_history_says(undisturbed, blobs):
    out, facts, _ = undisturbed
    history = list(csv.DictReader((out / "history.csv").open()))
    images, partition = read_dataset(blobs)
    validation = torch.from_numpy(images[partition == 1]).permute(0, 3, 1, 2) / 255
    held_out = torch.from_numpy(images[partition != 0]).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        for which, row in (("best", history[facts["best_epoch"] - 1]), ("last", history[-1])):
            error = (load_autoencoder(out, which=which)(validation) - validation).square().mean()
            assert float(row["validation_mse"]) == pytest.approx(error.item(), rel=1e-4)
        error = (load_autoencoder(out)(held_out) - held_out).square().mean()
    assert facts["held_out_mse"] == pytest.approx(error.item(), rel=1e-4)


def read_dataset(folder):
    group = open_for_writing(folder / "images.zarr")
    return group["image"][...], group["partition"][...]


def test_only_the_training_partition_is_trained_on(undisturbed, blobs, tmp_path):
    images, partition = read_dataset(blobs)
    images[partition != 0] = 255 - images[partition != 0]
    changed = write_images(tmp_path / "changed", images, partition)
    train(changed, CONFIG, tmp_path / "model")
    assert filecmp.cmp(undisturbed[0] / "last.safetensors", tmp_path / "model" / "last.safetensors", shallow=False)


def test_killed_at_any_point_and_continued_it_ends_with_the_same_bits(undisturbed, blobs, tmp_path, caplog):
    out = tmp_path / "model"
    run_killed(blobs, out, "batch", 9)  # in the second epoch
    run_killed(blobs, out, "replace", 3)  # before the second epoch's checkpoint: best and history are written
    with caplog.at_level(logging.INFO, "latentfaces"):
        facts = train(blobs, CONFIG, out)
    assert any("1 of 4 epochs kept, 3 to do" in message for message in caplog.messages)
    assert sorted(path.name for path in out.iterdir()) == sorted([*ARTIFACT, "host.json"])
    for name in ARTIFACT:
        assert filecmp.cmp(undisturbed[0] / name, out / name, shallow=False), name
    assert facts == undisturbed[1]


@pytest.mark.resume
@needs_compiler
def test_a_compiled_training_killed_and_continued_ends_with_the_same_bits(undisturbed, blobs, tmp_path):
    from torch._dynamo.utils import counters

    config = CONFIG.model_copy(update={"compile": True})
    whole, continued = tmp_path / "whole", tmp_path / "continued"
    counters.clear()
    facts = train(blobs, config, whole)
    assert counters["stats"]["unique_graphs"]
    assert json.loads((whole / "machine.json").read_text())["compile"]
    assert facts["held_out_mse"] == pytest.approx(undisturbed[1]["held_out_mse"], rel=0.02)
    run_killed(blobs, continued, "batch", 9, config)
    train(blobs, config, continued)
    for name in ARTIFACT:
        assert filecmp.cmp(whole / name, continued / name, shallow=False), name


def test_streamed_images_give_the_same_bits(undisturbed, blobs, tmp_path):
    train(blobs, CONFIG.model_copy(update={"image_memory": "streamed"}), tmp_path)
    for name in ARTIFACT:
        assert filecmp.cmp(undisturbed[0] / name, tmp_path / name, shallow=False), name


def test_a_loss_that_is_no_number_stops_and_keeps_what_was_good(blobs, tmp_path):
    out = tmp_path / "model"
    run_killed(blobs, out, "batch", 9)
    good = load_file(out / "best.safetensors")
    checkpoint = out / "checkpoint.safetensors"
    state = load_file(checkpoint)
    state["network.encoder.0.0.weight"][0, 0, 0, 0] = torch.inf
    with safe_open(checkpoint, framework="pt") as file:
        metadata = file.metadata()
    save_file(state, checkpoint, metadata)
    with pytest.raises(InputError, match=r"loss became nan in epoch 2 of 4: lower train\.learning_rate \(now 0\.\d+\)"):
        train(blobs, CONFIG, out)
    kept = load_autoencoder(out).state_dict()
    assert all(torch.equal(kept[name], tensor) for name, tensor in good.items())


def write_images(folder, images, partition):
    group = open_for_writing(folder / "images.zarr")
    names = ("image", "y", "x", "channel")
    create_array(group, "image", images.shape, np.uint8, names, (50, *images.shape[1:]))[...] = images
    write_array(group, "partition", np.asarray(partition, np.int8), ("image",))
    finish(folder / "images.zarr")
    return folder


def test_unfit_data_are_refused_before_any_work(tmp_path):
    images = np.zeros((30, 36, 36, 3), np.uint8)
    halves = np.arange(30) % 2
    with pytest.raises(InputError, match=r"ingest\.image_size=32 or 48"):
        train(
            write_images(tmp_path / "size", images, halves), CONFIG.model_copy(update={"channels": (4,) * 4}), tmp_path
        )
    few = write_images(tmp_path / "few", images[:9], [0] * 7 + [1, 2])
    with pytest.raises(InputError, match=r"7 training and 2 held-out images; a study needs at least 8 training"):
        train(few, CONFIG, tmp_path)
    alike = write_images(tmp_path / "alike", np.concatenate([images[:29], images[29:] + 1]), [0] * 29 + [1])
    with pytest.raises(InputError, match=r"all 29 training images of .*alike/images.zarr are the same picture"):
        train(alike, CONFIG, tmp_path)
    none_held_out = write_images(tmp_path / "none", images, [0] * 30)
    with pytest.raises(InputError, match=r"30 training and 0 held-out"):
        train(none_held_out, CONFIG, tmp_path)
    assert not (tmp_path / "machine.json").exists()


def test_without_a_validation_partition_the_test_partition_validates(tmp_path):
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    dataset = write_images(tmp_path / "data", images, np.arange(30) % 2 * 2)
    facts = train(dataset, CONFIG.model_copy(update={"epochs": 1}), tmp_path / "model")
    row = next(csv.DictReader((tmp_path / "model" / "history.csv").open()))
    assert float(row["validation_mse"]) == pytest.approx(facts["held_out_mse"], rel=1e-6)
