import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import nn

from tasks.training.team import ALONE, SharedBatchNorm2d, Team, share_batch_statistics

ROOT = Path(__file__).parents[3]


@given(st.integers(1, 9), st.integers(0, 100))
def test_shares_cover_everything_once_and_differ_by_at_most_one(size: int, count: int) -> None:
    shares = [range(count)[Team(rank, size).share(count)] for rank in range(size)]
    assert [index for share in shares for index in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_alone_everything_is_its_own() -> None:
    assert range(7)[ALONE.share(7)] == range(7)
    assert ALONE.mean({"loss": 0.1}, 3) == {"loss": 0.1}
    assert ALONE.is_first


def test_a_network_keeps_its_parameters_and_their_names() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Sequential(nn.BatchNorm2d(4, momentum=0.2), nn.ReLU()))
    before = dict(network.named_parameters()), list(network.state_dict())
    share_batch_statistics(network)
    assert isinstance(network[1][0], SharedBatchNorm2d)
    assert network[1][0].momentum == 0.2
    assert list(network.state_dict()) == before[1]
    assert all(parameter is before[0][name] for name, parameter in network.named_parameters())


NORMALISED = """
import sys
from pathlib import Path
import torch
from safetensors.torch import load_file, save_file
from tasks.training.team import SharedBatchNorm2d, Team, join, leave

folder = Path(sys.argv[1])
given = load_file(folder / "given")
team = join(folder / "meeting")
share = [slice(0, 3), slice(3, 10)][team.rank]
layer = SharedBatchNorm2d(4).double()
layer.load_state_dict({name.removeprefix("layer."): value for name, value in given.items() if "layer." in name})
images = given["images"][share].requires_grad_()
normalised = layer(images)
normalised.backward(given["towards"][share])
found = {"normalised": normalised, "images": images.grad, "weight": layer.weight.grad, "bias": layer.bias.grad}
buffers = {name: value for name, value in layer.named_buffers()}
mean = torch.tensor([team.mean({"x": float(team.rank)}, [3, 7][team.rank])["x"]])
save_file({name: value.detach().contiguous() for name, value in {**found, **buffers, "mean": mean}.items()},
          folder / f"found{team.rank}")
leave()
"""


def test_shared_normalisation_is_that_of_the_whole_batch(tmp_path: Path) -> None:
    """Two processes with 3 and 7 of 10 images far from 0: outputs, gradients and running statistics of BatchNorm2d."""
    from safetensors.torch import save_file

    random = torch.Generator().manual_seed(0)
    images = 1000 + torch.randn(10, 4, 5, 6, generator=random, dtype=torch.float64)
    towards = torch.randn(10, 4, 5, 6, generator=random, dtype=torch.float64)
    layer = nn.BatchNorm2d(4).double()
    nn.init.normal_(layer.weight, generator=random)
    nn.init.normal_(layer.bias, generator=random)
    state = {f"layer.{name}": value.clone() for name, value in layer.state_dict().items()}
    save_file({"images": images, "towards": towards, **state}, tmp_path / "given")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", NORMALISED, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"},
        )
        for rank in ("0", "1")
    ]
    assert [process.wait(200) for process in processes] == [0, 0]
    images.requires_grad_()
    normalised = layer(images)
    normalised.backward(towards)
    one, other = load_file(tmp_path / "found0"), load_file(tmp_path / "found1")

    def close(found: torch.Tensor, expected: torch.Tensor) -> bool:
        return torch.allclose(found, expected, rtol=1e-9, atol=1e-9)

    assert close(torch.cat([one["normalised"], other["normalised"]]), normalised)
    assert images.grad is not None
    assert close(torch.cat([one["images"], other["images"]]), images.grad)
    assert close(one["weight"] + other["weight"], layer.weight.grad)
    assert close(one["bias"] + other["bias"], layer.bias.grad)
    for name, buffer in layer.named_buffers():
        assert close(one[name].double(), buffer.double())
        assert torch.equal(one[name], other[name])
    assert one["mean"].item() == pytest.approx(0.7)
