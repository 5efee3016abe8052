import re
import shutil
from pathlib import Path

import pytest
import torch

from tasks.autoencoder.inference import load_for_inference
from tasks.autoencoder.interface import EncoderDecoder
from tasks.exploring.loading import load_quickly
from tasks.finished.artifacts import Artifacts

CPU = torch.device("cpu")


def weights(model: EncoderDecoder) -> dict[str, torch.Tensor]:
    assert isinstance(model, torch.nn.Module)
    assert not model.training
    return model.state_dict()


def test_it_is_the_same_network(artifacts: Artifacts) -> None:
    before = torch.get_rng_state()
    quick, known = weights(load_quickly(artifacts.model, CPU)), weights(load_for_inference(artifacts.model, CPU))
    assert list(quick) == list(known)
    for name, tensor in quick.items():
        assert torch.equal(tensor, known[name])
        assert tensor.stride() == known[name].stride()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("damaged", ["best.safetensors", "autoencoder.json"])
def test_what_is_wrong_is_explained(artifacts: Artifacts, tmp_path: Path, damaged: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(artifacts.model, model)
    for breaking in (lambda path: path.write_bytes(b"{"), Path.unlink):
        breaking(model / damaged)
        with pytest.raises(ValueError, match=rf"{damaged}.*; delete ") as known:
            load_for_inference(model, CPU)
        with pytest.raises(ValueError, match=re.escape(str(known.value))):
            load_quickly(model, CPU)
