import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from tasks.autoencoder.config import AutoencoderConfig
from tasks.autoencoder.network import Autoencoder
from tasks.training.config import TrainConfig
from tasks.training.machine import machine_for
from tasks.training.step import TrainingStep
from tests.tasks.training.compiler import needs_compiler

NETWORK = AutoencoderConfig(image_size=32, channels=(4,), latent_dim=4)


@pytest.fixture
def compiled_graphs():
    """How many graphs torch has compiled since the test began."""
    from torch._dynamo.utils import counters

    counters.clear()
    return lambda: counters["stats"]["unique_graphs"]


@pytest.mark.resume
@needs_compiler
def test_a_compiled_step_is_the_step(compiled_graphs):
    pixels = torch.randint(0, 256, (12, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    plain, compiled = (
        TrainingStep(Autoencoder(NETWORK, seed=4), TrainConfig(), "fp32", "contiguous", compile=compile)
        for compile in (False, True)
    )
    for _ in range(3):
        losses = [step(pixels, 1e-3).item() for step in (plain, compiled)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    for name, tensor in plain.network.state_dict().items():
        torch.testing.assert_close(compiled.network.state_dict()[name], tensor, rtol=1e-3, atol=1e-4)
    assert compiled_graphs() == 1


def test_without_a_compiler_it_is_refused_before_the_first_step(blobs, tmp_path):
    program = (
        "import sys; from pathlib import Path; from tasks.training.config import TrainConfig; "
        "from tasks.training.train import train; from tasks.stage.errors import InputError\n"
        "config = TrainConfig(channels=(4,), latent_dim=4, device='cpu', compile=True)\n"
        "try: train(Path(sys.argv[1]), config, Path(sys.argv[2]))\nexcept InputError as error: sys.exit(str(error))"
    )
    refused = subprocess.run(
        [sys.executable, "-c", program, blobs, tmp_path / "model"],
        env={**os.environ, "CXX": str(tmp_path / "none"), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    assert "train.compile: torch cannot compile for cpu here" in refused.stderr
    assert "needs a C++ compiler (g++) and Python's headers: install what is missing" in refused.stderr
    assert list((tmp_path / "model").iterdir()) == []


@pytest.mark.parametrize("other", [{"processes": 2}, {"encoder": "json:loads"}])
def test_several_processes_and_own_networks_are_refused(other):
    with pytest.raises(ValidationError, match=r"train\.compile is only for the built-in network in one process"):
        TrainConfig(compile=True, **other)


@needs_compiler
def test_a_training_that_goes_on_otherwise_keeps_all_else(tmp_path, caplog):
    plain = TrainConfig(device="cpu", precision="fp32")
    began = machine_for(plain, NETWORK, tmp_path)
    continued = machine_for(plain.model_copy(update={"compile": True}), NETWORK, tmp_path)
    assert continued.compile
    assert (continued.precision, continued.memory_format) == (began.precision, began.memory_format)
    assert "began on 1 process, continues on 1 process, compiled" in caplog.text
    assert machine_for(plain, NETWORK, tmp_path) == began
