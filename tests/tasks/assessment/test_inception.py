import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from storage.arrays import open_complete, read_array
from tasks.assessment.baselines import assess_baselines
from tasks.assessment.config import AssessConfig, file_digest
from tasks.assessment.inception import ScriptedNetwork, scripted_features
from tasks.assessment.quality import assess_sampler
from tasks.assessment.tables import read_scores
from tasks.stage.errors import InputError

CPU = torch.device("cpu")


class Small(nn.Module):
    """A network of the interface of inception-2015-12-05.pt: uint8 images, features on request, its own size."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, 5, stride=2)

    def forward(self, img: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        resized = nn.functional.interpolate(img.float(), size=[29, 29], mode="bilinear")
        features = torch.relu(self.convolution((resized - 128) / 128)).mean(dim=(2, 3))
        return features if return_features else features.softmax(dim=1)


class Plain(nn.Module):
    """Images in [0, 1] to features."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 5, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.convolution(images).mean(dim=(2, 3))


class Maps(Plain):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.convolution(images)


class Classifier(nn.Module):
    def forward(self, img: torch.Tensor, return_features: bool = False) -> torch.Tensor:
        return img.float().mean(dim=(1, 2, 3))


def script(module: nn.Module, path):
    torch.jit.script(module.eval()).save(str(path))
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    torch.manual_seed(0)
    return script(Small(), tmp_path_factory.mktemp("network") / "small.pt")


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (70, 32, 32, 3)).astype(np.uint8)


def test_both_interfaces_are_told_apart_and_give_the_modules_features(file, images, tmp_path):
    network = ScriptedNetwork(file, CPU)
    assert network.interface == "return_features"
    pixels = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    module = torch.jit.load(str(file))
    np.testing.assert_allclose(network(images), module(pixels, return_features=True).detach(), rtol=1e-4, atol=1e-5)
    plain = ScriptedNetwork(script(Plain(), tmp_path / "plain.pt"), CPU)
    assert plain.interface == "plain"
    expected = torch.jit.load(str(tmp_path / "plain.pt"))(pixels / 255).detach()
    np.testing.assert_allclose(plain(images), expected, rtol=1e-4, atol=1e-5)


def test_what_is_no_torchscript_is_refused_by_name(tmp_path):
    (tmp_path / "text.pt").write_text("not a network")
    torch.save({"weight": torch.zeros(2)}, tmp_path / "weights.pt")
    for name in ("text.pt", "weights.pt"):
        with pytest.raises(InputError, match=f"{name} is not a TorchScript file"):
            ScriptedNetwork(tmp_path / name, CPU)


@pytest.mark.parametrize(("module", "got"), [(Maps, r"\(70|\(64, 5, 30, 30\)"), (Classifier, r"\(64,\)")])
def test_features_of_another_shape_are_refused(module, got, images, tmp_path):
    network = ScriptedNetwork(script(module(), tmp_path / "network.pt"), CPU)
    with pytest.raises(InputError, match=rf"must return features \(n, f\).*({got})"):
        network(images)


def test_a_network_that_fails_on_the_images_is_told(tmp_path):
    network = ScriptedNetwork(script(Plain(), tmp_path / "network.pt"), CPU)
    with pytest.raises(InputError, match="the network failed on images"):
        network(np.zeros((2, 2, 2, 3), np.uint8))


def test_the_file_counts_by_its_content_wherever_it_lies(file, tmp_path):
    moved = tmp_path / "moved.pt"
    moved.write_bytes(file.read_bytes())
    identities = [AssessConfig(inception=path).for_inception() for path in (file, moved)]
    assert identities[0] == identities[1] == {"inception": file_digest(file)}
    assert AssessConfig(inception=moved).identity() == AssessConfig().identity()
    moved.write_bytes(file.read_bytes() + b"\0")
    assert AssessConfig(inception=moved).for_inception() != identities[0]
    with pytest.raises(InputError, match=r"absent\.pt cannot be read \(No such file"):
        AssessConfig(inception=tmp_path / "absent.pt").for_inception()


def test_its_features_stand_beside_the_others_in_the_tables(study, sources, samples, config, file, tmp_path):
    config = config.model_copy(update={"inception": file})
    facts = scripted_features(study["dataset"], config, tmp_path / "inception")
    assert (facts["dimensions"], facts["interface"]) == (8, "return_features")
    images = read_array(open_complete(study["dataset"] / "images.zarr"), "image")
    stored = read_array(open_complete(tmp_path / "inception" / "features.zarr"), "feature")
    np.testing.assert_allclose(stored, ScriptedNetwork(file, CPU)(images), rtol=1e-4, atol=1e-5)

    both = dataclasses.replace(sources, features=(*sources.features, tmp_path / "inception"))
    assess_baselines(both, config, tmp_path / "baselines")
    assess_sampler(both, tmp_path / "baselines", samples, config, tmp_path / "quality")
    alone = {(s.sampler, s.metric, s.features, s.reference): s for s in read_scores(study["baselines"] / "scores.csv")}
    for name in ("baselines", "quality"):
        rows = read_scores(tmp_path / name / "scores.csv")
        spaces = {metric: {r.features for r in rows if r.metric == metric} for metric in {r.metric for r in rows}}
        for metric in ("fd", "fd_decoded", "kid", "precision", "recall", "density", "coverage", "novelty", "copied"):
            assert spaces[metric] == {"attributes", "inception"}
        assert spaces["swd"] == spaces["sharpness"] == {"pixels"}
        assert spaces["reencoding"] == {"latent"}
    # The rows in the other features are what they are without it.
    rows = [row for row in read_scores(tmp_path / "baselines" / "scores.csv") if row.features != "inception"]
    assert {(r.sampler, r.metric, r.features, r.reference): r for r in rows} == alone
