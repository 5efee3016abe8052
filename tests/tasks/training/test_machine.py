import json
import os
import subprocess
import sys
import time

import pytest
import torch

from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig
from tasks.training.machine import CANDIDATES, clearly_fastest, fastest, machine_for, probe_size, seconds_of_steps
from tasks.training.step import TrainingStep

NETWORK = AutoencoderConfig(image_size=32, channels=(4, 8), latent_dim=4)
CPU = torch.device("cpu")


def test_what_is_asked_for_is_not_measured():
    config = TrainConfig(precision="bf16", memory_format="channels_last")
    assert fastest(config, NETWORK, CPU) == (("bf16", "channels_last"), {})


def test_only_what_is_allowed_is_measured():
    chosen, measured = fastest(TrainConfig(memory_format="channels_last"), NETWORK, CPU)
    assert chosen[1] == "channels_last"
    assert set(measured) == {"fp32 channels_last", "bf16 channels_last"}
    assert min(measured.values()) > 0
    assert fastest(TrainConfig(), NETWORK, CPU)[0] in CANDIDATES


@pytest.mark.parametrize(("precision", "order"), [("fp32", "contiguous"), ("bf16", "channels_last")])
def test_on_a_cpu_the_order_in_memory_is_not_left_to_a_close_race(precision, order):
    assert fastest(TrainConfig(precision=precision), NETWORK, CPU) == ((precision, order), {})
    other = {"contiguous": "channels_last", "channels_last": "contiguous"}[order]
    assert fastest(TrainConfig(precision=precision, memory_format=other), NETWORK, CPU)[0] == (precision, other)


@pytest.mark.parametrize("noise", [0.9, 1.0, 1.1])
@pytest.mark.parametrize(
    ("milliseconds", "chosen"),
    [
        ((100, 100, 100, 100), ("fp32", "contiguous")),
        ((100, 95, 95, 360), ("fp32", "contiguous")),
        ((100, 55, 55, 360), ("bf16", "channels_last")),
        ((100, 55, 30, 360), ("bf16", "contiguous")),
    ],
)
@pytest.mark.parametrize("noisy", CANDIDATES)
def test_noise_of_a_tenth_does_not_change_the_choice(milliseconds, chosen, noise, noisy):
    seconds = dict(zip(CANDIDATES, milliseconds, strict=True))
    assert clearly_fastest(seconds | {noisy: noise * seconds[noisy]}) == chosen


def test_waiting_for_other_programs_is_no_part_of_a_step():
    class Interrupted(TrainingStep):
        def __call__(self, *arguments, **named):
            time.sleep(0.5)
            return super().__call__(*arguments, **named)

    step = Interrupted(Autoencoder(NETWORK), TrainConfig(), "fp32", "contiguous")
    assert 0 < min(seconds_of_steps(step, 2, 2)) < 0.5


def test_a_busy_machine_chooses_as_a_quiet_one():
    network, config = AutoencoderConfig(image_size=32, channels=(32, 64), latent_dim=32), TrainConfig(batch_size=64)
    quiet, _ = fastest(config, network, CPU)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        assert fastest(config, network, CPU)[0] == quiet
    finally:
        for program in busy:
            program.kill()
            program.wait()


def test_decided_once_and_reused(tmp_path):
    first = machine_for(TrainConfig(device="cpu"), NETWORK, tmp_path)
    content = (tmp_path / "machine.json").read_text()
    assert machine_for(TrainConfig(device="cpu"), NETWORK, tmp_path) == first
    assert (tmp_path / "machine.json").read_text() == content
    recorded = json.loads(content) | {"threads": 1, "precision": "bf16", "memory_format": "contiguous"}
    (tmp_path / "machine.json").write_text(json.dumps(recorded))
    reused = machine_for(TrainConfig(), NETWORK, tmp_path)
    assert (reused.device, reused.threads, reused.precision, reused.memory_format) == ("cpu", 1, "bf16", "contiguous")


def test_an_explicit_value_wins_over_the_recorded_one(tmp_path):
    machine_for(TrainConfig(device="cpu", precision="fp32", memory_format="contiguous"), NETWORK, tmp_path)
    asked = TrainConfig(device="cpu", precision="bf16", memory_format="contiguous")
    assert machine_for(asked, NETWORK, tmp_path).precision == "bf16"
    assert json.loads((tmp_path / "machine.json").read_text())["precision"] == "bf16"


def test_a_device_that_is_not_here_is_named(tmp_path):
    with pytest.raises(InputError, match="cuda:99"):
        machine_for(TrainConfig(device="cuda:99"), NETWORK, tmp_path)


def test_a_gpu_is_measured_with_whole_batches():
    cuda = torch.device("cuda")
    assert [probe_size(256, 64, device) for device in (CPU, cuda)] == [48, 256]
    assert probe_size(8192, 64, cuda) == 512
    assert [probe_size(16, 1024, device) for device in (CPU, cuda)] == [2, 2]
