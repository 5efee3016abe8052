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


@needs_compiler
def test_a_compiled_step_is_the_step():
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


def test_without_a_compiler_it_is_refused_before_anything_is_read(tmp_path):
    program = (
        "import sys, torch; from tasks.training.compilation import check_compiler; "
        "from tasks.errors import InputError\n"
        "try: check_compiler(torch.device('cpu'))\nexcept InputError as error: sys.exit(str(error))"
    )
    refused = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "CXX": str(tmp_path / "none"), "LATENTFACES_CACHE": str(tmp_path / "cache")},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    assert "train.compile: torch cannot compile for cpu here" in refused.stderr
    assert "install a C++ compiler (g++), or leave it out" in refused.stderr


def test_several_processes_are_refused():
    with pytest.raises(ValidationError, match=r"train\.compile is for one process"):
        TrainConfig(compile=True, processes=2)


@needs_compiler
def test_a_training_that_was_begun_otherwise_decides_anew(tmp_path):
    plain = TrainConfig(device="cpu", precision="fp32")
    assert not machine_for(plain, NETWORK, tmp_path).compile
    assert machine_for(plain.model_copy(update={"compile": True}), NETWORK, tmp_path).compile
    assert not machine_for(plain, NETWORK, tmp_path).compile
