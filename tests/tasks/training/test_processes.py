"""Two processes under torchrun, on a CPU, with gloo between them."""

import csv
import filecmp
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.distributed.elastic.multiprocessing.errors import ProcessFailure, get_error_handler

from tasks.stage.errors import InputError
from tasks.training.config import TrainConfig
from tasks.training.launch import PROGRAM, first_cause, joining
from tasks.training.train import train

pytestmark = pytest.mark.timeout(290)

ROOT = Path(__file__).parents[3]
ONE = TrainConfig(
    channels=(6, 12), latent_dim=8, epochs=4, batch_size=16, device="cpu", precision="fp32", memory_format="contiguous"
)
TWO = ONE.model_copy(update={"processes": 2})
TOLERANCE = 1e-3
"""Relative difference of losses and errors between one process and two, in every epoch."""


def curve(folder):
    with open(folder / "history.csv", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def assert_same_curve(folder, other):
    for row, expected in zip(curve(folder), curve(other), strict=True):
        assert row == pytest.approx(expected, rel=TOLERANCE)


def ranks(out):
    """Process ids by rank of those that train in ``out``."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(out).encode() in command and PROGRAM.encode() in command:
            rank = [entry for entry in environment if entry.startswith(b"RANK=")]
            if rank:
                found[int(rank[0].removeprefix(b"RANK="))] = int(folder.name)
    return found


@pytest.fixture(scope="module")
def one(blobs, tmp_path_factory):
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("one")
    train(blobs, ONE, out)
    return out


@pytest.fixture(scope="module")
def two(blobs, tmp_path_factory):
    torch.set_num_threads(1)
    out, told = tmp_path_factory.mktemp("two"), []
    facts = train(blobs, TWO, out, lambda *call: told.append(call))
    return out, facts, told


@pytest.mark.faults
def test_two_processes_have_the_loss_curve_of_one(one, two):
    out, _, told = two
    assert_same_curve(out, one)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in one.iterdir())
    assert (out / "best.safetensors").stat().st_size == (one / "best.safetensors").stat().st_size
    assert [call[0] for call in told[:5]] == [1, 2, 3, 4, 5]
    assert told[-2][1] == told[-2][0]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.faults
def test_a_process_that_dies_ends_the_others_and_the_training_continues(one, two, blobs, tmp_path, caplog):
    out, killed = tmp_path / "model", []

    def kill(done, total, note=""):
        if done == 15 and not killed:  # in the third epoch
            found = ranks(out)
            assert sorted(found) == [0, 1]
            killed.extend(found.values())
            os.kill(found[1], signal.SIGKILL)

    with pytest.raises(ChildProcessError, match=r"training process 1 of 2 was killed by SIGKILL .* epochs are kept"):
        train(blobs, TWO, out, kill)
    assert not any(Path(f"/proc/{process}").exists() for process in killed)
    shutil.copytree(out, tmp_path / "other")
    with caplog.at_level(logging.INFO, "latentfaces"):
        train(blobs, TWO, out)
    assert any("2 of 4 epochs kept, 2 to do" in message for message in caplog.messages)
    for name in ("best.safetensors", "last.safetensors", "history.csv", "machine.json", "yardstick.json"):
        assert filecmp.cmp(two[0] / name, out / name, shallow=False), name
    with caplog.at_level(logging.INFO, "latentfaces"):
        train(blobs, ONE, tmp_path / "other")
    assert any(
        "began on 2 processes, continues on 1 process: the same batches" in message for message in caplog.messages
    )
    assert_same_curve(tmp_path / "other", one)


def test_batches_too_small_to_be_shared_are_refused(blobs, tmp_path):
    with pytest.raises(InputError, match=r"cannot be shared among 9 processes, which need 2 or more each"):
        train(blobs, ONE.model_copy(update={"processes": 9}), tmp_path / "model")


def test_several_machines_need_somewhere_to_meet():
    with pytest.raises(ValueError, match=r"train.nodes above 1 needs train.rendezvous=host:port"):
        TrainConfig(nodes=2)
    assert TrainConfig(nodes=2, processes=4, rendezvous="host:29500").team_size == 8
    assert TrainConfig(nodes=2, processes=4, rendezvous="host:29500").identity() == TrainConfig().identity()


def test_the_first_cause_is_what_is_raised(tmp_path, monkeypatch):
    def failed(rank, status, error=None):
        file = tmp_path / f"{rank} {error}.json"
        if error:
            monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(file))
            get_error_handler().record_exception(error)
        return ProcessFailure(local_rank=rank, pid=1, exitcode=status, error_file=str(file))

    died, ended = failed(1, -signal.SIGKILL), failed(0, -signal.SIGTERM)
    cut_off, silent = failed(0, 1, RuntimeError("connection reset")), failed(1, 3)
    wrong = failed(1, 1, InputError("the rate: lower it"))
    cause = failed(1, 1, RuntimeError("no more data"))
    time.sleep(0.02)
    later = failed(0, 1, RuntimeError("connection closed"))
    for failures, kind, message in (
        ({0: ended, 1: died}, ChildProcessError, "training process 1 of 2 was killed by SIGKILL "),
        ({0: cut_off, 1: died}, ChildProcessError, "training process 1 of 2 was killed by SIGKILL "),
        ({0: ended}, ChildProcessError, "training process 0 of 2 was killed by SIGTERM "),
        ({0: cut_off, 1: ended}, ChildProcessError, r"\(RuntimeError: connection reset\); run the same command again"),
        ({0: cut_off, 1: wrong}, InputError, "^the rate: lower it$"),
        ({0: later, 1: cause}, ChildProcessError, r"\(RuntimeError: no more data\)"),
        ({1: silent}, ChildProcessError, r"a training process of 2 failed \(exit status 3\); "),
    ):
        with pytest.raises(kind, match=message):
            raise first_cause(failures, 2)


@pytest.mark.faults
def test_what_a_process_finds_wrong_is_raised(blobs, tmp_path):
    out = tmp_path / "model"

    def stop(done, total, note=""):
        if done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(blobs, TWO, out, stop)
    assert not ranks(out)
    state = load_file(out / "checkpoint.safetensors")
    state["network.encoder.0.0.weight"][0, 0, 0, 0] = torch.inf
    with safe_open(out / "checkpoint.safetensors", framework="pt") as file:
        metadata = file.metadata()
    save_file(state, out / "checkpoint.safetensors", metadata)
    with pytest.raises(InputError, match=r"loss became nan in epoch 2 of 4: lower train\.learning_rate"):
        train(blobs, TWO, out)


@pytest.mark.faults
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("number", "message"),
    [(signal.SIGKILL, "torchrun was killed by SIGKILL: "), (signal.SIGTERM, r"failed \(SignalException: .*\); ")],
)
def test_no_process_outlives_the_agent_that_started_it(blobs, tmp_path, number, message):
    out = tmp_path / "model"

    def kill(done, total, note=""):
        if done == 3:
            status = Path(f"/proc/{ranks(out)[0]}/stat").read_text()
            os.kill(int(status.rpartition(")")[2].split()[1]), number)  # its parent

    with pytest.raises(ChildProcessError, match=f"{message}run the same command again; finished epochs are kept"):
        train(blobs, TWO.model_copy(update={"epochs": 5000}), out, kill)
    assert not ranks(out)


LAUNCHER = """
import sys
from pathlib import Path
from tasks.training.config import TrainConfig
from tasks.training.train import train
if __name__ == "__main__":
    train(Path(sys.argv[1]), TrainConfig.model_validate_json(sys.argv[3]), Path(sys.argv[2]))
"""


@pytest.mark.faults
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_no_process_outlives_the_one_that_launched_it(blobs, tmp_path):
    out = tmp_path / "model"
    long = TWO.model_copy(update={"epochs": 5000})
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(blobs), str(out), long.model_dump_json()], cwd=ROOT
    )
    deadline = time.monotonic() + 120
    while not (out / "checkpoint.safetensors").exists():
        assert launcher.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert sorted(ranks(out)) == [0, 1]
    launcher.kill()
    launcher.wait()
    deadline = time.monotonic() + 30
    while ranks(out):
        assert time.monotonic() < deadline, "processes go on training"
        time.sleep(0.1)


@pytest.mark.faults
def test_two_machines_meet(one, blobs, tmp_path):
    """Two torchruns, the second started by the command that the log gives, here on the same machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = ONE.model_copy(update={"nodes": 2, "rendezvous": f"127.0.0.1:{port}"})
    out, failed = tmp_path / "model", []

    def run():
        try:
            train(blobs, config, out)
        except BaseException as error:
            failed.append(error)

    study = threading.Thread(target=run)
    study.start()
    while study.is_alive() and not (out / "job.json").exists():
        time.sleep(0.1)
    command = [str(Path(sys.executable).parent / "torchrun"), *joining(config, out).split()[1:]]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    joined = subprocess.run(command, env=environment, timeout=200, capture_output=True, text=True)
    study.join(200)
    assert not failed, failed
    assert joined.returncode == 0, joined.stderr
    assert_same_curve(out, one)
